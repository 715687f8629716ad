package main

import (
	"context"
	"strconv"
	"time"

	"clamor"
	"clamor/dedupe"
)

// ours is Clamor. Each label is a feature.
type ours struct {
	service *dedupe.Service
	asks    *asks
}

func (o *ours) name() string { return "Clamor" }

func (o *ours) fill(rows []labelled, n int) error {
	o.asks = &asks{rows: rows, known: n}
	o.service = dedupe.NewService(o.asks, time.Now, dedupe.Options{})
	return o.service.Load(context.Background())
}

func (o *ours) add([]labelled, int) error {
	o.asks.known++
	_, err := o.service.Step(context.Background())
	return err
}

func (o *ours) labels(rows []labelled, place int) ([]string, error) {
	var labels []string
	for _, s := range o.service.Suggest(rows[place].Text, shown) {
		labels = append(labels, string(s.Feature))
	}
	return labels, nil
}

// asks are rows as a store of asks that people placed.
type asks struct {
	rows  []labelled
	known int
}

func (a *asks) ask(i int) clamor.PlacedAsk {
	return clamor.PlacedAsk{ID: clamor.AskID(strconv.Itoa(i)), Text: a.rows[i].Text, Feature: clamor.FeatureID(a.rows[i].Cluster)}
}

func (a *asks) EachPlacedAsk(_ context.Context, fn func(clamor.PlacedAsk) error) error {
	for i := range a.known {
		if err := fn(a.ask(i)); err != nil {
			return err
		}
	}
	return nil
}

func (a *asks) PlacedAsks(_ context.Context, ids []clamor.AskID) ([]clamor.PlacedAsk, error) {
	var all []clamor.PlacedAsk
	for _, id := range ids {
		i, err := strconv.Atoi(string(id))
		if err != nil {
			return nil, err
		}
		all = append(all, a.ask(i))
	}
	return all, nil
}

// RestoodAsks gives what became known since the last time.
func (a *asks) RestoodAsks(_ context.Context, after int64) (ids []clamor.AskID, last int64, err error) {
	for i := after; i < int64(a.known); i++ {
		ids = append(ids, clamor.AskID(strconv.FormatInt(i, 10)))
	}
	return ids, int64(a.known), nil
}

func (a *asks) Merges(context.Context) (map[clamor.FeatureID]clamor.FeatureID, error) {
	return nil, nil
}

func (a *asks) RulingsAfter(context.Context, int64) ([]clamor.Ruling, error) { return nil, nil }

func (a *asks) DeduperSettings(context.Context) (clamor.DeduperSettings, error) {
	return clamor.DeduperSettings{}, nil
}

func (a *asks) PendingAsks(context.Context, int) ([]clamor.Ask, error) { return nil, nil }

func (a *asks) Place(context.Context, []clamor.Placement) error { return nil }
