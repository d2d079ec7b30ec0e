// Package hydration decodes events of the log and loads the entities that they refer to: once per node, for all subscribers.
package hydration
