package store_test

import (
	"testing"

	"aisle/app/localpg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
