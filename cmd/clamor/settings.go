package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"clamor"
	"clamor/dedupe"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// globals are the flags of every command.
type globals struct {
	Config      string  `help:"A YAML file of settings: the names of the flags without the dashes." placeholder:"FILE"`
	DB          string  `name:"db" help:"The database: sqlite:PATH or postgres://… (default: clamor.db in the data directory)." placeholder:"URL"`
	DataDir     string  `help:"Where Clamor keeps its files; made if missing." default:"./data" placeholder:"DIR"`
	Listen      string  `help:"The address to serve; port 0 picks a free one." default:"127.0.0.1:8080" placeholder:"ADDR"`
	PublicURL   string  `name:"public-url" help:"What outsiders call us (default: from --listen)." placeholder:"URL"`
	Currency    string  `help:"The list's currency, and of amounts that name none." default:"USD" placeholder:"CODE"`
	FiscalStart string  `name:"fiscal-year-start" help:"First month of the fiscal year, 1 to 12." default:"1" placeholder:"MONTH"`
	Synonyms    string  `help:"A file of the workspace's own spellings and synonyms, one group a line." placeholder:"FILE"`
	Caution     float64 `help:"How much surer than usual the deduper must be to join asks unasked: 0.1 joins clearly less, -0.1 more." default:"0" placeholder:"N"`
	WordsOnly   bool    `help:"Let only shared words count, not closeness in meaning."`
	Networks    string  `name:"allow-networks" help:"Networks of the inside that pulls may call, such as 10.0.0.0/8,192.168.1.7/32." placeholder:"CIDR,…"`
	LogLevel    string  `help:"What is logged: debug, info, warn or error." default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL"`
}

// database is the URL of the database.
func (g *globals) database() string {
	if g.DB != "" {
		return g.DB
	}
	return "sqlite:" + filepath.Join(g.DataDir, "clamor.db")
}

// deduper are the deduper's settings.
func (g *globals) deduper() (dedupe.Options, error) {
	o := dedupe.Options{WordsOnly: g.WordsOnly, Caution: g.Caution, Snapshot: filepath.Join(g.DataDir, "asks.index")}
	if g.Caution < -1 || g.Caution > 1 {
		return o, clamor.Errorf(clamor.Invalid, "--caution %g is out of range: write a number between -1 and 1", g.Caution)
	}
	if g.Synonyms == "" {
		return o, nil
	}
	text, err := os.ReadFile(g.Synonyms)
	if err != nil {
		return o, clamor.Errorf(clamor.Invalid, "the synonyms cannot be read: %w", err)
	}
	o.Synonyms = string(text)
	return o, dedupe.CheckSynonyms(o.Synonyms)
}

// inside are the networks of the inside that pulls may call.
func (g *globals) inside() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	for text := range strings.FieldsFuncSeq(g.Networks, func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, clamor.Errorf(clamor.Invalid, "--allow-networks %q is no network: write it as 10.0.0.0/8", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func (g *globals) fiscalStart() (time.Month, error) {
	for m := time.January; m <= time.December; m++ {
		if fmt.Sprint(int(m)) == g.FiscalStart || strings.EqualFold(m.String(), g.FiscalStart) {
			return m, nil
		}
	}
	return 0, clamor.Errorf(clamor.Invalid, "--fiscal-year-start %q is no month: write 1 to 12", g.FiscalStart)
}

// settings gives flags their values from the environment, else from the file; the command line stands above both.
type settings struct {
	env  func(string) (string, bool)
	file map[string]any
}

// settingsOf reads the file that the command line or the environment names.
func settingsOf(args []string, w world) (*settings, error) {
	s := &settings{env: w.env}
	name, _ := w.env("CLAMOR_CONFIG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			name = value
		} else if arg == "--config" && i+1 < len(args) {
			name = args[i+1]
		} else if arg == "--" {
			break
		}
	}
	if name == "" {
		return s, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "the settings cannot be read: %w", err)
	}
	if err := yaml.Unmarshal(text, &s.file); err != nil {
		return nil, clamor.Errorf(clamor.Invalid, "%s is not YAML of settings: %w", name, err)
	}
	return s, nil
}

// variable is the environment's name of a flag.
func variable(flag string) string {
	return "CLAMOR_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Validate is part of kong.Resolver; the file is validated when all flags are known.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve is part of kong.Resolver. A secret may also come from the file that CLAMOR_…_FILE names.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "help" || flag.Hidden {
		return nil, nil
	}
	name := variable(flag.Name)
	if value, ok := s.env(name); ok {
		return value, nil
	}
	if path, ok := s.env(name + "_FILE"); ok {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, clamor.Errorf(clamor.Invalid, "%s_FILE: %w", name, err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	if value, ok := s.file[flag.Name]; ok {
		return fmt.Sprint(value), nil
	}
	return nil, nil
}

// unknown lists the keys of the file that no flag of any command bears.
func (s *settings) unknown(app *kong.Application) []string {
	known := map[string]bool{}
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			known[f.Name] = true
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(app.Node)
	var unknown []string
	for key := range s.file {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	return unknown
}
