package main

import (
	"os"
	"os/signal"
	"runtime/pprof"
)

// profiled runs the program; where CLAMOR_TEST_SPEED_PROFILE names a file, it writes there what the processor's time of the service went
// into until it is interrupted.
func profiled(run func()) {
	if name := os.Getenv("CLAMOR_TEST_SPEED_PROFILE"); name != "" && len(os.Args) > 1 && os.Args[1] == "serve" {
		f, err := os.Create(name)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			panic(err)
		}
		ending := make(chan os.Signal, 1)
		signal.Notify(ending, os.Interrupt)
		go func() {
			<-ending
			pprof.StopCPUProfile()
		}()
	}
	run()
}
