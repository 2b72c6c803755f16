// Package notify borrows from Alertmanager what the world knows it for: its
// silences, its API v2 and its receivers. It is the only package that imports
// prometheus/alertmanager. It decides nothing (package incident does), routes
// nothing and tries nothing again (package outbox does): Alertmanager's
// dispatch and notification log are not used, because they drop recoveries
// under a silence and keep their state in memory. The collector's composition
// wires it: Silences answer what is muted, API serves /api/v2, Receivers
// deliver what the outbox owes to a webhook, Teams, Telegram and the like.
package notify
