// Package subscription serves the events of subscriptions: it limits how many there are, and renders each event once for all
// subscribers that see the same of it.
package subscription
