package metric

// accessDefs lists what package access counts.
func accessDefs() []Def {
	return []Def{
		{"budi_logins_total", Counter, "", "Attempts to log in, by result: accepted, refused, throttled or busy.", []string{"result"}},
		{"budi_api_tokens_refused_total", Counter, "", "Requests with an API token that is unknown, revoked or expired.", nil},
	}
}
