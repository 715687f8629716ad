package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// server is one PostgreSQL for all tests of the package, made from the system's own binaries on first use.
type server struct {
	once sync.Once
	url  string // of a database named %s
	skip string // why there is none
	dir  string
	stop func() error
	next atomic.Int64
}

var postgres server

// database makes a fresh database and gives its URL. Without PostgreSQL the test is skipped, and with CI=true it fails.
func (s *server) database(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.start() })
	if s.skip != "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("PostgreSQL is required where CI=true: %s", s.skip)
		}
		t.Skipf("NOT TESTED ON POSTGRESQL: %s", s.skip)
	}
	name := fmt.Sprintf("clamor_%d", s.next.Add(1))
	admin, err := sql.Open("pgx", fmt.Sprintf(s.url, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(s.url, name)
}

// start runs initdb and pg_ctl, as the user postgres where we are root, whom PostgreSQL refuses.
func (s *server) start() {
	initdb, pgctl := binary("initdb"), binary("pg_ctl")
	if initdb == "" || pgctl == "" {
		s.skip = "initdb and pg_ctl are not installed (Debian: apt-get install postgresql)"
		return
	}
	dir, err := os.MkdirTemp("", "clamor-pg-")
	if err != nil {
		s.skip = err.Error()
		return
	}
	s.dir = dir
	run := func(name string, args ...string) error {
		cmd := exec.Command(name, args...)
		if err := drop(cmd, dir); err != nil {
			return err
		}
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, out)
		}
		return nil
	}
	port, err := freePort()
	if err != nil {
		s.skip = err.Error()
		return
	}
	data, log := filepath.Join(dir, "data"), filepath.Join(dir, "log")
	if err := run(initdb, "-D", data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8"); err != nil {
		s.skip = err.Error()
		return
	}
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c fsync=off -k %s", port, dir)
	if err := run(pgctl, "-D", data, "-l", log, "-o", options, "-w", "start"); err != nil {
		s.skip = err.Error()
		return
	}
	s.stop = func() error { return run(pgctl, "-D", data, "-m", "fast", "stop") }
	s.url = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%%s?sslmode=disable", port)
}

// drop lets a command run as the user postgres in a directory of theirs, where we are root.
func drop(cmd *exec.Cmd, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return os.Chown(dir, uid, gid)
}

// binary finds a server program, also where Debian keeps it off the PATH.
func binary(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if postgres.stop != nil {
		if err := postgres.stop(); err != nil && !strings.Contains(err.Error(), "no server running") {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	if postgres.dir != "" {
		if err := os.RemoveAll(postgres.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}
