// Package settings declares the settings of a node: a struct for each concern, whose tags name the flag, the AISLE_*
// variable, the default and the description.
package settings
