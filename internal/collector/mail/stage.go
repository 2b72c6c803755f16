package mail

import "slices"

// Stage is a part of a delivery that means something to people.
type Stage string

// The stages.
const (
	StageConnect   Stage = "connect"
	StageEncrypt   Stage = "encrypt"
	StageHello     Stage = "hello"
	StageToken     Stage = "token"
	StageLogin     Stage = "login"
	StageSender    Stage = "sender"
	StageRecipient Stage = "recipient"
	StageText      Stage = "text"
)

// Stages lists the stages of a delivery with this configuration, in their order.
func (c Config) Stages() []Stage {
	c = c.WithDefaults()
	stages := []Stage{StageConnect}
	if c.SMTP.Security == TLS {
		stages = append(stages, StageEncrypt)
	}
	stages = append(stages, StageHello)
	if c.SMTP.Security == StartTLS {
		stages = append(stages, StageEncrypt)
	}
	switch c.SMTP.Auth {
	case AuthXOAuth2:
		stages = append(stages, StageToken, StageLogin)
	case AuthPassword:
		stages = append(stages, StageLogin)
	}
	return append(stages, StageSender, StageRecipient, StageText)
}

// Stage is the stage that a step belongs to.
func (s Step) Stage() Stage {
	switch s {
	case StepConnect:
		return StageConnect
	case StepTLS:
		return StageEncrypt
	case StepGreeting, StepHello:
		return StageHello
	case StepToken:
		return StageToken
	case StepLogin:
		return StageLogin
	case StepSender:
		return StageSender
	case StepRecipient:
		return StageRecipient
	default:
		return StageText
	}
}

// Reached lists the stages that were passed before the delivery ended at e, and
// the one at which it ended; the rest was not reached. Nil passes all.
func (c Config) Reached(e *Error) (passed []Stage, ended Stage) {
	all := c.Stages()
	if e == nil {
		return all, ""
	}
	ended = e.Step.Stage()
	if e.Step == StepWrite {
		return nil, ended // nothing was begun
	}
	if e.Server == "" { // the address was refused before a connection was made
		return nil, ended
	}
	if i := slices.Index(all, ended); i >= 0 {
		return all[:i], ended
	}
	return nil, ended
}
