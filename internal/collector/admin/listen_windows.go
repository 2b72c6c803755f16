package admin

import (
	"errors"
	"io/fs"
	"net"
	"os"
)

// listenPrivate leaves who may open the socket to the data folder's access
// list, which it inherits: Windows has no mode bits.
func listenPrivate(_, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}
