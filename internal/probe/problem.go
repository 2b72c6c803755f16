package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/reach"
)

// The codes of what can be wrong. Each has a sentence in both languages under
// "problem.<code>" and a row in docs/look.md.
const (
	// Nothing answered: the outcome is look.Unreachable.
	CodeNameNotFound     = "name_not_found"     // DNS says that there is no such name
	CodeDNSFailed        = "dns_failed"         // the name could not be looked up
	CodeNoRoute          = "no_route"           // network or host unreachable
	CodeConnectionFailed = "connection_failed"  // no connection, for a reason without a code of its own
	CodeRefused          = "connection_refused" // the port is closed
	CodeTimeout          = "timeout"            // no connection, or no reply to a ping or DNS question, in time
	CodeTLSTimeout       = "tls_timeout"        // connected, but the TLS handshake did not end in time
	CodeResponseTimeout  = "response_timeout"   // connected, but no answer began in time
	CodeClosed           = "connection_closed"  // connected, but closed or reset before an answer

	// It answered wrongly: the outcome is look.Failed.
	CodeTLSExpired       = "tls_expired"
	CodeTLSNotYetValid   = "tls_not_yet_valid"
	CodeTLSWrongName     = "tls_wrong_name"
	CodeTLSUnknownIssuer = "tls_unknown_issuer"
	CodeTLSFailed        = "tls_failed"
	CodeUnexpectedStatus = "unexpected_status"
	CodeTextMissing      = "text_missing"
	CodeTextForbidden    = "text_forbidden"
	CodeTooManyRedirects = "too_many_redirects"
	CodeRedirectRefused  = "redirect_refused"  // to something that is not http or https
	CodeForbidden        = "address_forbidden" // reach.Policy does not let it be reached
	CodeHeaderTooLarge   = "header_too_large"
	CodeBodyTooLarge     = "body_too_large"   // a wanted text is not in the first MaxBody bytes of a longer page
	CodeBodyCut          = "body_cut"         // the answer broke off
	CodeTransferTimeout  = "transfer_timeout" // the answer began, but did not end in time
	CodeBadResponse      = "bad_response"     // not the protocol that was asked for
	CodeHTTPVersion      = "http_version"
	CodeHeaderMissing    = "header_missing"
	CodeHeaderWrong      = "header_wrong"
	CodeHeaderForbidden  = "header_forbidden"
	CodePatternMissing   = "pattern_missing"
	CodePatternForbidden = "pattern_forbidden"
	CodeJSONInvalid      = "json_invalid" // the page is no JSON
	CodeJSONMissing      = "json_missing" // nothing is where the path leads
	CodeJSONWrong        = "json_wrong"
	CodeJSONForbidden    = "json_forbidden"
	CodePageTooLarge     = "page_too_large"   // more than max_size
	CodeRedirectBody     = "redirect_body"    // what was sent would have to go to another host
	CodeCaptureMissing   = "capture_missing"  // what a later step needs is not on the page
	CodeCaptureUnusable  = "capture_unusable" // what was captured cannot stand where it is wanted
	CodeDNSRcode         = "dns_rcode"
	CodeDNSNoAnswer      = "dns_no_answer"
	CodeDNSUnexpected    = "dns_unexpected_answer"

	// We could not look: the outcome is look.Unknown.
	CodeICMPNotPermitted = "icmp_not_permitted"
	CodeLocalError       = "local_error" // this computer is out of sockets, or forbids the connection
	CodeCancelled        = "look_cancelled"
)

// Codes returns every problem code with the outcome that it means.
func Codes() map[string]look.Outcome {
	return map[string]look.Outcome{
		CodeNameNotFound:     look.Unreachable,
		CodeDNSFailed:        look.Unreachable,
		CodeNoRoute:          look.Unreachable,
		CodeConnectionFailed: look.Unreachable,
		CodeRefused:          look.Unreachable,
		CodeTimeout:          look.Unreachable,
		CodeTLSTimeout:       look.Unreachable,
		CodeResponseTimeout:  look.Unreachable,
		CodeClosed:           look.Unreachable,

		CodeTLSExpired:       look.Failed,
		CodeTLSNotYetValid:   look.Failed,
		CodeTLSWrongName:     look.Failed,
		CodeTLSUnknownIssuer: look.Failed,
		CodeTLSFailed:        look.Failed,
		CodeUnexpectedStatus: look.Failed,
		CodeTextMissing:      look.Failed,
		CodeTextForbidden:    look.Failed,
		CodeTooManyRedirects: look.Failed,
		CodeRedirectRefused:  look.Failed,
		CodeForbidden:        look.Failed,
		CodeHeaderTooLarge:   look.Failed,
		CodeBodyTooLarge:     look.Failed,
		CodeBodyCut:          look.Failed,
		CodeTransferTimeout:  look.Failed,
		CodeBadResponse:      look.Failed,
		CodeHTTPVersion:      look.Failed,
		CodeHeaderMissing:    look.Failed,
		CodeHeaderWrong:      look.Failed,
		CodeHeaderForbidden:  look.Failed,
		CodePatternMissing:   look.Failed,
		CodePatternForbidden: look.Failed,
		CodeJSONInvalid:      look.Failed,
		CodeJSONMissing:      look.Failed,
		CodeJSONWrong:        look.Failed,
		CodeJSONForbidden:    look.Failed,
		CodePageTooLarge:     look.Failed,
		CodeRedirectBody:     look.Failed,
		CodeCaptureMissing:   look.Failed,
		CodeCaptureUnusable:  look.Failed,
		CodeDNSRcode:         look.Failed,
		CodeDNSNoAnswer:      look.Failed,
		CodeDNSUnexpected:    look.Failed,

		CodeICMPNotPermitted: look.Unknown,
		CodeLocalError:       look.Unknown,
		CodeCancelled:        look.Unknown,
	}
}

// newProblem makes a problem; args are name, value pairs. Everything in it may
// come from the other side, so it is bounded.
func newProblem(code string, err error, args ...string) *look.Problem {
	p := &look.Problem{Code: code}
	if err != nil {
		p.Detail = look.Clip(err.Error(), look.MaxDetail)
	}
	if len(args) > 0 {
		p.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			p.Args[args[i]] = look.Clip(args[i+1], 200)
		}
	}
	return p
}

// with adds an argument to a problem.
func with(p *look.Problem, name, value string) *look.Problem {
	if p.Args == nil {
		p.Args = map[string]string{}
	}
	p.Args[name] = value
	return p
}

// errNotPermitted marks that the system lets nobody, or not us, send a ping.
var errNotPermitted = errors.New("this system does not permit us to send ICMP")

// explain turns an error into a problem. stage is how far the look had come;
// address is what was being talked to.
func explain(err error, at stage, address string, timeout time.Duration) *look.Problem {
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil {
		host = address
	}
	seconds := strconv.FormatFloat(timeout.Seconds(), 'g', 3, 64)

	var dnsErr *net.DNSError
	var forbidden *reach.ForbiddenError
	switch {
	case errors.As(err, &forbidden):
		return newProblem(CodeForbidden, nil, "address", forbidden.Address.String())
	case errors.Is(err, errNotPermitted):
		return newProblem(CodeICMPNotPermitted, err)
	case errors.Is(err, errTurnedAway):
		return newProblem(CodeClosed, err, "address", address)
	case isLocal(err):
		return newProblem(CodeLocalError, err)
	case errors.As(err, &dnsErr):
		if dnsErr.IsNotFound {
			return newProblem(CodeNameNotFound, err, "name", host)
		}
		return newProblem(CodeDNSFailed, err, "name", host)
	case isTimeout(err):
		switch at {
		case atResolve:
			return newProblem(CodeDNSFailed, err, "name", host)
		case atConnect:
			return newProblem(CodeTimeout, err, "address", address, "seconds", seconds)
		case atTLS:
			return newProblem(CodeTLSTimeout, err, "address", address, "seconds", seconds)
		case atProcessing:
			return newProblem(CodeResponseTimeout, err, "address", address, "seconds", seconds)
		default:
			return newProblem(CodeTransferTimeout, err, "address", address, "seconds", seconds)
		}
	case at == atTLS:
		return explainTLS(err, address)
	case at >= atProcessing && isHeaderTooLarge(err):
		return newProblem(CodeHeaderTooLarge, err, "address", address, "limit", strconv.Itoa(MaxHeader>>10))
	case at == atTransfer && isClosed(err):
		return newProblem(CodeBodyCut, err, "address", address)
	case at == atProcessing && isClosed(err):
		return newProblem(CodeClosed, err, "address", address)
	case at >= atProcessing && !isRefused(err):
		return newProblem(CodeBadResponse, err, "address", address)
	case isRefused(err):
		return newProblem(CodeRefused, err, "address", address)
	case isNoRoute(err):
		return newProblem(CodeNoRoute, err, "address", address)
	default:
		return newProblem(CodeConnectionFailed, err, "address", address)
	}
}

// explainTLS says why a TLS handshake failed.
func explainTLS(err error, address string) *look.Problem {
	var (
		invalid  x509.CertificateInvalidError
		hostname x509.HostnameError
		unknown  x509.UnknownAuthorityError
		verify   *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		if c := invalid.Cert; time.Now().Before(c.NotBefore) {
			return newProblem(CodeTLSNotYetValid, err, "address", address, "date", c.NotBefore.UTC().Format(time.DateOnly))
		}
		return newProblem(CodeTLSExpired, err, "address", address, "date", invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, &hostname):
		names := "?"
		if c := hostname.Certificate; c != nil {
			all := append([]string(nil), c.DNSNames...)
			for _, ip := range c.IPAddresses {
				all = append(all, ip.String())
			}
			if len(all) == 0 {
				all = append(all, c.Subject.CommonName)
			}
			names = strings.Join(all[:min(len(all), 5)], ", ")
		}
		return newProblem(CodeTLSWrongName, err, "address", address, "names", names)
	case errors.As(err, &unknown):
		issuer := "?"
		if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
			issuer = verify.UnverifiedCertificates[0].Issuer.String()
		}
		return newProblem(CodeTLSUnknownIssuer, err, "address", address, "issuer", issuer)
	default:
		return newProblem(CodeTLSFailed, err, "address", address)
	}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &netErr) && netErr.Timeout()
}

// isClosed reports whether the other side closed or reset the connection.
func isClosed(err error) bool {
	// HTTP/2 says a reset of the stream and of the connection in texts only.
	text := err.Error()
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) ||
		strings.Contains(text, "server closed idle connection") ||
		strings.HasSuffix(text, "; received from peer") && !strings.Contains(text, wantsHTTP11) ||
		strings.Contains(text, "server sent GOAWAY and closed the connection") ||
		strings.Contains(text, "client connection lost")
}

// wantsHTTP11 is how net/http tells that a server reset a request because it wants it
// by HTTP/1.1.
const wantsHTTP11 = "HTTP_1_1_REQUIRED; received from peer"

// isHeaderTooLarge reports whether net/http gave up on an endless header; it
// has no error values for that.
func isHeaderTooLarge(err error) bool {
	text := err.Error()
	return strings.Contains(text, "response headers exceeded") ||
		strings.Contains(text, "response header list larger than advertised limit")
}
