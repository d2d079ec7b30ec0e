// Package quota limits what viewers, and addresses without a token, spend on operations per second.
package quota
