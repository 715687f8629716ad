package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// runsAsClamor is set where the test program shall be the program itself, to be killed.
const runsAsClamor = "CLAMOR_TEST_RUNS_AS_CLAMOR"

func TestMain(m *testing.M) {
	if os.Getenv(runsAsClamor) != "" {
		profiled(main)
		return
	}
	testscript.Main(m, map[string]func(){"clamor": main})
}

// TestScripts runs the command lines of testdata/script as users would type them.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Setup: func(e *testscript.Env) error {
		e.Setenv("CLAMOR_DATA_DIR", e.WorkDir+"/data")
		e.Setenv("CLAMOR_LOG_LEVEL", "error")
		return nil
	}})
}
