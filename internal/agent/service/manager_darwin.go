package service

import (
	"context"
	"encoding/xml"
	"strings"

	"github.com/budi-monitor/budi/deploy/launchd"
)

const (
	plistFile = "/Library/LaunchDaemons/" + launchd.AgentLabel + ".plist"
	packaged  = "/usr/local/bin/budi-agent" // the program in the plist
)

// Install has launchd start the agent now and at each start of the computer,
// and returns what was done, for people. What is installed already is brought
// to the same state.
func Install(ctx context.Context, o Options) (string, error) {
	if err := checkTrusted(o.Executable); err != nil {
		return "", err
	}
	if o.exists(plistFile) {
		// It is not loaded when somebody unloaded it by hand.
		_ = o.command(ctx, "launchctl", "bootout", "system/"+launchd.AgentLabel)
	}
	if err := o.writeFile(plistFile, plist(o)); err != nil {
		return "", err
	}
	if err := o.command(ctx, "launchctl", "bootstrap", "system", o.path(plistFile)); err != nil {
		return "", err
	}
	return "wrote " + plistFile + " and started it", nil
}

// Uninstall has launchd stop the agent and forget it. It returns what was done;
// a service that is not there is no error.
func Uninstall(ctx context.Context, o Options) (string, error) {
	if !o.exists(plistFile) {
		return "there is no service", nil
	}
	_ = o.command(ctx, "launchctl", "bootout", "system/"+launchd.AgentLabel) // not loaded is well
	if _, err := o.removeFile(plistFile); err != nil {
		return "", err
	}
	return "stopped and removed the service", nil
}

func plist(o Options) string {
	var arguments strings.Builder
	for _, w := range o.Arguments {
		arguments.WriteString("\n\t\t<string>" + escape(w) + "</string>")
	}
	text := strings.Replace(launchd.AgentPlist, "<string>"+packaged+"</string>", "<string>"+escape(o.Executable)+"</string>", 1)
	return strings.Replace(text, "<string>--service</string>", "<string>--service</string>"+arguments.String(), 1)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
