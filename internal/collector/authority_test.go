package collector

import "testing"

func TestWhoeverOthersCanReachSpeaksTLS(t *testing.T) {
	files := TLSConfig{CertFile: "a.pem", KeyFile: "a.key"}
	for _, tc := range []struct {
		listen         string
		config         TLSConfig
		tls, authority bool
	}{
		{"127.0.0.1:9480", TLSConfig{}, false, false},
		{"[::1]:9480", TLSConfig{}, false, false},
		{"localhost:9480", TLSConfig{}, false, false},
		{"127.0.0.1:9480", TLSConfig{Private: true}, true, true},
		{"127.0.0.1:9480", files, true, false},
		{"0.0.0.0:9480", TLSConfig{}, true, true},
		{":9480", TLSConfig{}, true, true},
		{"192.168.1.5:9480", TLSConfig{}, true, true},
		{"budi.mokykla.lt:9480", TLSConfig{}, true, true},
		{"0.0.0.0:9480", files, true, false},
	} {
		c := Config{Listen: tc.listen, TLS: tc.config}
		if c.tls() != tc.tls || c.authority() != tc.authority {
			t.Errorf("%s with %+v: TLS %v, an authority %v", tc.listen, tc.config, c.tls(), c.authority())
		}
	}
}
