package web_test

import (
	"testing"
	"time"

	"clamor"
	"clamor/api/web"
)

func TestWhatIsLongAgoIsToldByItsLargestUnit(t *testing.T) {
	for ago, want := range map[time.Duration]string{0: "just now", 9 * time.Second: "just now", 59 * time.Second: "59 seconds ago", 90 * time.Second: "1 minute ago",
		3 * time.Hour: "3 hours ago", 47 * time.Hour: "1 day ago", 400 * 24 * time.Hour: "400 days ago"} {
		if got := web.Ago(sunday, sunday.Add(-ago)); got != want {
			t.Errorf("%v: %q, want %q", ago, got, want)
		}
	}
	if got := web.Ago(sunday, time.Time{}); got != "" {
		t.Errorf("what never was: %q", got)
	}
}

func TestADayWithOneDeliveryIsSeenBesideOneWithThousands(t *testing.T) {
	bars := web.SourceLine{Activity: clamor.Activity{Days: [7]int64{1, 0, 5000}}}.Bars()
	if bars[0].Height == 0 || bars[1].Height != 0 || bars[2].Height != 20 || bars[2].Y != 0 {
		t.Errorf("%+v", bars)
	}
}

func TestSettingsAreCalledAsPeopleWriteThem(t *testing.T) {
	for name, want := range map[string]string{"base_url": "Base URL", "arr_field": "ARR field", "tag": "Tag", "house_crm": "House CRM", "account_in_title": "Account in title"} {
		if got := web.Label(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
