package access

import (
	"context"
	"crypto/subtle"
	"fmt"
)

// SetupToken returns the value for the one-time link that creates the first
// administrator, and false when there is one already. The value is new at each
// start of the program.
func (c *Control) SetupToken(ctx context.Context) (string, bool, error) {
	needed, err := c.SetupNeeded(ctx)
	if err != nil || !needed {
		return "", false, err
	}
	return c.setupIn, true, nil
}

// SetupNeeded reports whether there is no administrator yet.
func (c *Control) SetupNeeded(ctx context.Context) (bool, error) {
	accounts, err := c.store.Accounts(ctx)
	if err != nil {
		return false, fmt.Errorf("look for an administrator: %w", err)
	}
	for _, a := range accounts {
		if a.Role == Administrator {
			return false, nil
		}
	}
	return true, nil
}

// CheckSetup fails with ErrSetupOver when the link's value is not, or no
// longer, valid.
func (c *Control) CheckSetup(ctx context.Context, token string) error {
	given := hashOf(token)
	if subtle.ConstantTimeCompare(given[:], c.setup[:]) != 1 {
		return ErrSetupOver
	}
	needed, err := c.SetupNeeded(ctx)
	if err != nil {
		return err
	}
	if !needed {
		return ErrSetupOver
	}
	return nil
}

// Setup creates the first administrator, with every site. Of two that come at
// once one gets ErrSetupOver: the store decides in one transaction.
func (c *Control) Setup(ctx context.Context, token string, n NewUser) (User, error) {
	if err := c.CheckSetup(ctx, token); err != nil {
		return User{}, err
	}
	n.Role, n.Sites = Administrator, nil
	return c.addUser(ctx, "set-up link", n, true)
}
