package settings

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// number parses a whole number within bounds.
func number(low, high int64) func(string) (int64, error) {
	return func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err == nil && (n < low || n > high) {
			err = strconv.ErrRange
		}
		return n, err
	}
}

// durationFrom parses a duration that is not shorter than minimum.
func durationFrom(minimum time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err == nil && d < minimum {
			err = strconv.ErrRange
		}
		return d, err
	}
}

// parseRatio parses a number from 0 to 1.
func parseRatio(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && !(n >= 0 && n <= 1) { // also NaN
		err = strconv.ErrRange
	}
	return n, err
}

// parseAddress parses an address to listen on. The host may be empty.
func parseAddress(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", err //nolint:wrapcheck // newType's error says what is accepted
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return s, err //nolint:wrapcheck // the same
}

// listOf parses values that are separated by commas.
func listOf[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(s string) ([]T, error) {
		var list []T
		for item := range strings.SplitSeq(s, ",") {
			item = strings.TrimSpace(item)
			if item == "" {
				continue
			}
			value, err := parse(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
}

// parseNetwork parses a network. An address is the network that contains only it.
func parseNetwork(s string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	return prefix.Masked(), err
}

// parseOrigin parses an origin as browsers send it: a scheme, a host, and a port if it is not the scheme's default.
func parseOrigin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || s != u.Scheme+"://"+u.Host {
		return "", strconv.ErrSyntax
	}
	return s, nil
}

// parseClient parses a client's name.
func parseClient(s string) (string, error) {
	if !IsClientName(s) {
		return "", strconv.ErrSyntax
	}
	return s, nil
}

// oneOf parses one of the accepted words, in any case.
func oneOf(accepted ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		for _, word := range accepted {
			if strings.EqualFold(s, word) {
				return word, nil
			}
		}
		return "", strconv.ErrSyntax
	}
}

var clientName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// IsClientName reports whether a client may have the name: at most 64 letters, digits, dots, dashes and underscores, of
// which the first is a letter or a digit.
func IsClientName(s string) bool { return clientName.MatchString(s) }
