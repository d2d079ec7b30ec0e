// Package limits bounds what one operation may ask for: the size and shape of its document, and its complexity.
package limits
