package smtp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Message is one mail that the server took responsibility for.
type Message struct {
	From   string // of the envelope
	To     []string
	Data   []byte      // as it came, dots unstuffed
	Header mail.Header // parsed; nil when Data does not begin with a header
	User   string      // who had logged in
	TLS    bool
	Time   time.Time
}

// ID is the Message-ID without angle brackets.
func (m Message) ID() string { return strings.Trim(m.Header.Get("Message-Id"), "<>") }

// Subject is the subject, decoded.
func (m Message) Subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return s
}

// Part returns the text of the first part of a media type, "text/plain" or
// "text/html", decoded.
func (m Message) Part(mediaType string) (string, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		return "", fmt.Errorf("read message: %w", err)
	}
	return findPart(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body, mediaType, 0)
}

func findPart(contentType, encoding string, body io.Reader, want string, depth int) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", fmt.Errorf("read content type %q: %w", contentType, err)
	}
	if strings.HasPrefix(kind, "multipart/") && depth < 5 {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return "", fmt.Errorf("there is no part %s", want)
			}
			if err != nil {
				return "", fmt.Errorf("read parts: %w", err)
			}
			text, err := findPart(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, want, depth+1)
			if err == nil {
				return text, nil
			}
		}
	}
	if kind != want {
		return "", fmt.Errorf("the part is %s, not %s", kind, want)
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	return string(text), err
}

// Messages returns what was accepted so far, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Wait returns the messages as soon as there are at least n, or what there is
// with the context's error.
func (s *Server) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		got, changed := slices.Clone(s.messages), s.changed
		s.mu.Unlock()
		if len(got) >= n {
			return got, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return got, fmt.Errorf("wait for %d messages, have %d: %w", n, len(got), ctx.Err())
		}
	}
}

// Forget drops the messages and the log of commands.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages, s.commands = nil, nil
}

// OnMessage sets what is called with each message that was accepted, before
// the client hears of it: the 250 waits until f returns. A test that kills the
// client there has it die at the worst instant.
func (s *Server) OnMessage(f func(Message)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onMessage = f
}

// Commands returns what clients said, one line each, without secrets and
// without the text of messages.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

func (s *Server) logCommand(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.commands) >= maxCommands {
		s.commands = s.commands[1:]
	}
	s.commands = append(s.commands, line)
}

// accept records a message and calls the hook.
func (s *Server) accept(m Message) {
	s.mu.Lock()
	s.messages = append(s.messages, m)
	if over := len(s.messages) - s.opts.Keep; s.opts.Keep > 0 && over > 0 {
		s.messages = slices.Delete(s.messages, 0, over)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	f := s.onMessage
	s.mu.Unlock()
	if f != nil {
		f(m)
	}
}
