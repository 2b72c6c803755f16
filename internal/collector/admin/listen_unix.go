//go:build !windows

package admin

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// listenPrivate makes the socket where only the owner can reach it and moves
// it when only the owner can open it: between listening and chmod the folder's
// own mode might let others in.
func listenPrivate(dataDir, path string) (net.Listener, error) {
	private := filepath.Join(dataDir, ".a") // short: paths of sockets have about 100 bytes
	if err := os.RemoveAll(private); err != nil {
		return nil, err
	}
	if err := os.Mkdir(private, 0o700); err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	made := filepath.Join(private, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it has another name by then
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &listener{l, path}, nil
}

// listener removes the socket when it is closed.
type listener struct {
	*net.UnixListener
	path string
}

// Close ends listening. A second time it removes nothing: the socket may be
// another collector's by then.
func (l *listener) Close() error {
	if err := l.UnixListener.Close(); err != nil {
		return err
	}
	if err := os.Remove(l.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
