package access

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Cookie returns the session's cookie for a value and an end; an empty value
// makes the one that removes it. SameSite is Lax, so that a link in a mail
// opens a page and not the log-in.
func (c *Control) Cookie(value string, until time.Time) *http.Cookie {
	cookie := &http.Cookie{Name: c.cookieName(), Value: value, Path: "/", Expires: until, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode}
	if value == "" {
		cookie.MaxAge = -1
	}
	return cookie
}

// cookieName is, with TLS, one that a page without TLS, or another host of the
// domain, cannot set (RFC 6265bis, section 4.1.3.2).
func (c *Control) cookieName() string {
	if c.secure {
		return "__Host-budi_session"
	}
	return "budi_session"
}

// SessionValue returns the session's value from the request's cookies, or "".
func (c *Control) SessionValue(r *http.Request) string {
	cookie, err := r.Cookie(c.cookieName())
	if err != nil || len(cookie.Value) != tokenLength {
		return ""
	}
	return cookie.Value
}

// Identify says who a request comes from. A request with an Authorization
// header is judged by that alone: "Bearer TOKEN", or Basic with the token as
// password and any name (RFC 6750, RFC 7617). Else its session counts. It fails
// with ErrUnauthenticated; any other error is the storage's.
func (c *Control) Identify(r *http.Request) (Identity, error) {
	header, given := r.Header["Authorization"]
	if !given {
		value := c.SessionValue(r)
		if value == "" {
			return Identity{}, ErrUnauthenticated
		}
		return c.Session(r.Context(), value)
	}
	if len(header) != 1 || len(header[0]) > 1024 {
		return Identity{}, ErrUnauthenticated
	}
	if _, password, ok := r.BasicAuth(); ok {
		return c.Token(r.Context(), password)
	}
	scheme, value, _ := strings.Cut(header[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Identity{}, ErrUnauthenticated
	}
	return c.Token(r.Context(), strings.TrimSpace(value))
}

// Authenticate puts who a request comes from into its context, for FromContext
// and RequireToken. Requests of nobody pass too.
func (c *Control) Authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := c.Identify(r)
		switch {
		case err == nil:
			r = r.WithContext(WithIdentity(r.Context(), id))
		case !errors.Is(err, ErrUnauthenticated):
			c.log.Error("find out who a request comes from", "err", err)
			http.Error(w, "internal error; the collector's log says more", http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// RequirePush lets pass API tokens of the role Push, as RequireToken does for
// the others.
func RequirePush(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := FromContext(r.Context())
		switch {
		case !ok || id.Kind != KindToken:
			needToken(w, `an API token of the role push is needed: make one with "budi-collector token create --role push --site SITE"`)
		case id.Role != Push:
			http.Error(w, "the role "+string(id.Role)+" does not allow this; it needs push", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func needToken(w http.ResponseWriter, how string) {
	w.Header().Add("WWW-Authenticate", `Bearer realm="budi"`)
	w.Header().Add("WWW-Authenticate", `Basic realm="budi, API token as password"`)
	http.Error(w, how+` and send it as "Authorization: Bearer TOKEN", or as the password of Basic authentication`, http.StatusUnauthorized)
}

// RequireToken lets pass API tokens that have the role or a higher one; sessions
// of browsers do not open the doors behind it. Others get a short text with 401
// or 403. It stands inside Authenticate.
func RequireToken(need Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := FromContext(r.Context())
		switch {
		case !ok || id.Kind != KindToken:
			needToken(w, `an API token is needed: make one with "budi-collector token create"`)
		case !id.Role.Allows(need):
			http.Error(w, "the role "+string(id.Role)+" does not allow this; it needs "+string(need), http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// SignInCookie returns the cookie that a browser keeps while it is at an
// identity provider; an empty value makes the one that removes it.
func (c *Control) SignInCookie(value string, until time.Time) *http.Cookie {
	cookie := c.Cookie(value, until)
	cookie.Name = c.signInCookieName()
	return cookie
}

func (c *Control) signInCookieName() string {
	if c.secure {
		return "__Host-budi_signin"
	}
	return "budi_signin"
}

// SignInValue returns the value of that cookie, or "".
func (c *Control) SignInValue(r *http.Request) string {
	cookie, err := r.Cookie(c.signInCookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// AddressOf is the address that a request came from. A proxy on this computer
// is believed about the last address that it names, any other is not: anybody
// can write the header.
func AddressOf(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); addr.Unmap().IsLoopback() && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1]
		if client, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			return client
		}
	}
	return addr
}
