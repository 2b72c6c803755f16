package snmpagent

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
)

const (
	processVariable = "BUDI_SIM_SNMP_AGENT"
	endOfRecording  = "end\n"
)

// Process is an agent in another process, so that the processor time of this one
// is the client's alone.
type Process struct {
	Addr netip.AddrPort

	cmd   *exec.Cmd
	stdin io.Closer
}

// StartProcess runs this program again as a good agent that replays a recording.
// The program must call ServeIfAsked first thing. The caller closes it.
func StartProcess(r *Recording) (*Process, error) {
	p := &Process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), processVariable+"=yes")
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start SNMP agent process: %w", err)
	}
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start SNMP agent process: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start SNMP agent process: %w", err)
	}
	err = r.Write(stdin)
	if err == nil {
		_, err = io.WriteString(stdin, endOfRecording)
	}
	line, readErr := bufio.NewReader(stdout).ReadString('\n')
	if err = errors.Join(err, readErr); err == nil {
		p.Addr, err = netip.ParseAddrPort(strings.TrimSpace(line))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start SNMP agent process: %w", err), p.Close())
	}
	return p, nil
}

// Close ends the process.
func (p *Process) Close() error {
	_ = p.stdin.Close() // the process ends with its standard input
	return p.cmd.Wait()
}

// ServeIfAsked serves and does not return when StartProcess started this
// program; otherwise it does nothing. Call it at the beginning of TestMain.
func ServeIfAsked() {
	if _, asked := os.LookupEnv(processVariable); !asked {
		return
	}
	if err := serveProcess(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serveProcess() error {
	in := bufio.NewReader(os.Stdin)
	var text bytes.Buffer
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("read recording: %w", err)
		}
		if line == endOfRecording {
			break
		}
		text.WriteString(line)
	}
	r, err := Read(&text)
	if err != nil {
		return err
	}
	a, err := Start(Options{Recording: r})
	if err != nil {
		return err
	}
	fmt.Println(a.Addr())
	_, _ = io.Copy(io.Discard, in)
	a.Close()
	return nil
}
