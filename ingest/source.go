package ingest

import (
	"errors"
	"strings"
	"time"

	"clamor"
)

const (
	maxSourceName = 64
	leastEvery    = time.Minute // more often, no vendor's limits would bear
)

// CheckSource tells every fault of what a source is to be told.
func CheckSource(s clamor.Source) error {
	adapter, err := FindAdapter(s.Kind)
	if err != nil {
		return clamor.Refuse("the source cannot be set up", []clamor.Fault{{Path: "kind", Message: err.Error()}})
	}
	var faults []clamor.Fault
	fault := func(wrong bool, path, message string) {
		if wrong {
			faults = append(faults, clamor.Fault{Path: path, Message: message})
		}
	}
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	fault(s.Name == "" || len(s.Name) > maxSourceName || strings.Trim(s.Name, plain) != "", "name",
		"use letters, digits, dash and underscore, at most 64")
	fault(s.Name == "new", "name", "is where the pages make a source: choose another one")
	fault(s.Every != 0 && adapter.Pull == nil, "every", adapter.Title+" is not pulled: it sends by itself")
	fault(s.Every != 0 && s.Every < leastEvery, "every", "at least 1m, or 0 for only when told to")
	for _, name := range sortedKeys(s.Settings) {
		fault(!lists(adapter, name), "settings."+clip(name), "is no setting of "+s.Kind+": "+settingNames(adapter))
		fault(len(s.Settings[name]) > maxURL || strings.ContainsRune(s.Settings[name], 0), "settings."+clip(name), "is no text of at most 4000 bytes")
	}
	var wrong *clamor.Error
	if err := CheckMapping(s.Mapping); errors.As(err, &wrong) {
		for _, f := range wrong.Faults {
			fault(true, "mapping."+f.Path, f.Message)
		}
	}
	return clamor.Refuse("the source cannot be set up", faults)
}

func lists(a Adapter, name string) bool {
	for _, s := range a.Settings {
		if s.Name == name {
			return true
		}
	}
	return false
}

func settingNames(a Adapter) string {
	if len(a.Settings) == 0 {
		return "it has none"
	}
	var names []string
	for _, s := range a.Settings {
		names = append(names, s.Name)
	}
	return "choose " + strings.Join(names, ", ")
}
