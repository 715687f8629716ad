package api

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"clamor"
)

// metrics counts requests, and reads what the store holds whenever somebody scrapes. The registry is the server's own: two
// servers in one process do not mix their numbers.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(store Store, logger *slog.Logger) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "clamor_http_request_seconds",
			Help:    "Time from the first byte of a request to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.requests, &holdings{store: store, logger: logger}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts a request. What no route answered goes by one name, because a scanner must not make a series of every path.
func (m *metrics) observe(route, method string, status int, took time.Duration) {
	if route == "" {
		route, method = "none", "any"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// scrapeTime bounds what a scrape may cost the database.
const scrapeTime = 5 * time.Second

// holdings tells what the store holds at the moment of a scrape.
type holdings struct {
	store  Store
	logger *slog.Logger
}

var (
	deliveriesDesc = prometheus.NewDesc("clamor_deliveries", "Deliveries by state.", []string{"state"}, nil)
	notesDesc      = prometheus.NewDesc("clamor_notes", "Notes taken in.", nil, nil)
	asksDesc       = prometheus.NewDesc("clamor_asks", "Asks found in notes.", nil, nil)
	pendingDesc    = prometheus.NewDesc("clamor_asks_pending", "Asks not yet placed.", nil, nil)
	featuresDesc   = prometheus.NewDesc("clamor_features", "Features, merged ones not counted.", nil, nil)
	accountsDesc   = prometheus.NewDesc("clamor_accounts", "Accounts known.", nil, nil)
)

// Describe names the series.
func (h *holdings) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveriesDesc, notesDesc, asksDesc, pendingDesc, featuresDesc, accountsDesc} {
		ch <- d
	}
}

// Collect reads the store. If that fails the series are missing from the scrape, which an alert can see; the rest stays.
func (h *holdings) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	stats, err := h.store.Stats(ctx)
	if err != nil {
		h.logger.Error("reading the store for metrics", "error", err)
		return
	}
	gauge := func(d *prometheus.Desc, n int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	for _, state := range clamor.DeliveryStates() {
		gauge(deliveriesDesc, stats.Deliveries[state], string(state))
	}
	gauge(notesDesc, stats.Notes)
	gauge(asksDesc, stats.Asks)
	gauge(pendingDesc, stats.Pending)
	gauge(featuresDesc, stats.Features)
	gauge(accountsDesc, stats.Accounts)
}

func (s *Server) probeRoutes() []route {
	scrape := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})
	return []route{
		{http.MethodGet, "/healthz", openFace, "", func(c *gin.Context) error {
			c.String(http.StatusOK, "alive\n")
			return nil
		}},
		{http.MethodGet, "/readyz", openFace, "", s.ready},
		{http.MethodGet, "/metrics", openFace, "", func(c *gin.Context) error {
			scrape.ServeHTTP(c.Writer, c.Request)
			return nil
		}},
	}
}

// ready answers whether this process can serve: the database answers and the workers run.
func (s *Server) ready(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), scrapeTime)
	defer cancel()
	if err := s.Store.Ping(ctx); err != nil {
		return &clamor.Error{Kind: clamor.Unavailable, Message: "the database does not answer", Err: err}
	}
	if err := s.Alive(); err != nil {
		return &clamor.Error{Kind: clamor.Unavailable, Message: "the workers do not run", Err: err}
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}
