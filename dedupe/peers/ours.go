package main

import (
	"context"
	"strconv"
	"time"

	"clamor"
	"clamor/dedupe"
)

// ours is Clamor: each text is an ask in a feature of its own, so that features are found as the others find texts.
type ours struct{ service *dedupe.Service }

func (o *ours) name() string { return "Clamor" }

func (o *ours) fill(texts []string) error {
	o.service = dedupe.NewService(asks(texts), time.Now, dedupe.Options{})
	return o.service.Load(context.Background())
}

func (o *ours) nearest(texts []string, place, limit int) ([]int, error) {
	var near []int
	for _, s := range o.service.Suggest(texts[place], limit) {
		n, err := strconv.Atoi(string(s.Feature))
		if err != nil {
			return nil, err
		}
		near = append(near, n)
	}
	return near, nil
}

// asks are texts as a store of placed asks.
type asks []string

func (a asks) EachPlacedAsk(_ context.Context, fn func(clamor.PlacedAsk) error) error {
	for i, text := range a {
		n := strconv.Itoa(i)
		if err := fn(clamor.PlacedAsk{ID: clamor.AskID(n), Text: text, Feature: clamor.FeatureID(n)}); err != nil {
			return err
		}
	}
	return nil
}

func (a asks) PlacedAsks(context.Context, []clamor.AskID) ([]clamor.PlacedAsk, error) {
	return nil, nil
}

func (a asks) RestoodAsks(context.Context, int64) ([]clamor.AskID, int64, error) { return nil, 0, nil }

func (a asks) Merges(context.Context) (map[clamor.FeatureID]clamor.FeatureID, error) { return nil, nil }

func (a asks) RulingsAfter(context.Context, int64) ([]clamor.Ruling, error) { return nil, nil }

func (a asks) PendingAsks(context.Context, int) ([]clamor.Ask, error) { return nil, nil }

func (a asks) Place(context.Context, []clamor.Placement) error { return nil }
