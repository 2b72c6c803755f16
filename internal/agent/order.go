package agent

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
	"github.com/budi-monitor/budi/internal/wire"
)

// Order is the wish to be enrolled. It waits in a file of its own, because the
// agent's database can be open in one process only, and whoever wishes
// (a person at the keyboard, an installer before the network is there) is
// another one. Whoever holds the database carries it out and removes the file.
type Order struct {
	URL     string        `yaml:"url"`
	Token   secret.String `yaml:"token"`
	Proxy   string        `yaml:"proxy"`
	Secret  secret.String `yaml:"secret"`  // of the agent to be; made when it is empty, and kept so that a lost answer is asked for again
	Replace bool          `yaml:"replace"` // also when the agent is enrolled with this collector
}

// Check returns what is wrong with an order, or nil. It contacts nobody.
func (o Order) Check() error {
	if err := CheckURL(o.URL); err != nil {
		return fmt.Errorf("--url %q: %w", o.URL, err)
	}
	if _, err := wire.ParseEnrolToken(o.Token.Reveal()); err != nil {
		return err
	}
	if o.Proxy != "" {
		if err := checkProxy(o.Proxy); err != nil {
			return fmt.Errorf("--proxy: %w", err)
		}
	}
	return nil
}

// ReadOrder reads the order that waits beside the state file. It returns false
// when there is none.
func ReadOrder(state string) (Order, bool, error) {
	name := OrderFile(state)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Order{}, false, nil
	}
	if err != nil {
		return Order{}, false, fmt.Errorf("read the order to enrol: %w", err)
	}
	var o Order
	if err := strictyaml.Decode(name, data, &o, nil); err != nil {
		return Order{}, true, fmt.Errorf("read the order to enrol: %w", err)
	}
	if err := o.Check(); err != nil {
		return Order{}, true, fmt.Errorf("read the order to enrol %s: %w", name, err)
	}
	return o, true, nil
}

// WriteOrder leaves an order beside the state file, in the place of one that
// waits already, and makes the folder if need be.
func WriteOrder(state string, o Order) error {
	if err := MakeFolder(filepath.Dir(state)); err != nil {
		return err
	}
	// A secret.String would write its mask.
	data, err := yaml.Marshal(struct {
		URL     string `yaml:"url"`
		Token   string `yaml:"token"`
		Proxy   string `yaml:"proxy,omitempty"`
		Secret  string `yaml:"secret,omitempty"`
		Replace bool   `yaml:"replace,omitempty"`
	}{o.URL, o.Token.Reveal(), o.Proxy, o.Secret.Reveal(), o.Replace})
	if err != nil {
		return fmt.Errorf("write the order to enrol: %w", err)
	}
	if err := writeFile(OrderFile(state), data); err != nil {
		return fmt.Errorf("write the order to enrol: %w", err)
	}
	return nil
}

// RemoveOrder takes the order away.
func RemoveOrder(state string) error {
	if err := os.Remove(OrderFile(state)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the order that was carried out: %w", err)
	}
	return nil
}

// writeFile replaces a file as a whole, readable by its owner only. Nobody
// reads half of it.
func writeFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error counts
	}
	return err
}

// newSecret makes what an agent proves itself with.
func newSecret() secret.String {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails; see its documentation
	return secret.New(wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(b))
}
