package cache

// TypeFingerprint exports typeFingerprint.
func TypeFingerprint[V any]() string { return typeFingerprint[V]() }
