// Package greeting is what the module depends on.
package greeting

// Text is the greeting.
func Text() string { return "hello, go" }
