// A program with one vendored dependency, for the tests of packages of kind `go`. It uses nothing of Go's library, which
// would have to be compiled first.
package main

import "example.org/greeting"

func main() { print(greeting.Text(), "\n") }
