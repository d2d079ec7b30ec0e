package cache

// Shape is for tests.
func Shape[V any]() string { return shape[V]() }
