package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/secret"
)

func TestNoRoadToTextShowsTheValue(t *testing.T) {
	const value = "hunter2"
	holder := struct {
		Password secret.String
		Pointer  *secret.String
		hidden   secret.String // fmt cannot call methods of unexported fields
	}{Password: secret.New(value), hidden: secret.New(value)}
	p := secret.New(value)
	holder.Pointer = &p

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", holder)
		fmt.Fprintf(&out, verb+"\n", holder.Password)
		fmt.Fprintf(&out, verb+"\n", holder.Pointer)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "password", holder.Password, "holder", holder)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "password", holder.Password, "holder", holder)
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	y, err := yaml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(y)

	if strings.Contains(out.String(), value) || strings.Contains(out.String(), fmt.Sprintf("%x", value)) {
		t.Errorf("the value leaked:\n%s", out.String())
	}
	if !strings.Contains(out.String(), secret.Mask) {
		t.Errorf("no mask in the output:\n%s", out.String())
	}
}

func TestSecretReadsFromConfiguration(t *testing.T) {
	var c struct {
		Password secret.String `yaml:"password" json:"password"`
	}
	if err := yaml.Unmarshal([]byte("password: žirgas\n"), &c); err != nil {
		t.Fatal(err)
	}
	if got := c.Password.Reveal(); got != "žirgas" {
		t.Errorf("from YAML: got %q", got)
	}
	if err := json.Unmarshal([]byte(`{"password":"kita"}`), &c); err != nil {
		t.Fatal(err)
	}
	if got := c.Password.Reveal(); got != "kita" {
		t.Errorf("from JSON: got %q", got)
	}
	if (secret.String{}).String() != "" {
		t.Error("an empty secret must print as nothing, so that a missing password can be seen")
	}
}
