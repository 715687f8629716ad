package api

import "clamor"

// RouteLine is a line of the table of routes, as the tests see it.
type RouteLine struct {
	Method, Path string
	Needs        clamor.Role
	JSON         bool
}

// RouteLines are the lines of the table of routes.
func (s *Server) RouteLines() []RouteLine {
	var lines []RouteLine
	for _, r := range s.routes() {
		lines = append(lines, RouteLine{r.method, r.path, r.needs, r.face == jsonFace})
	}
	return lines
}

// ReadCursor and NewCursor let the fuzzer at the cursor.
var (
	ReadCursor   = readCursor
	NewCursor    = newCursor
	DecodeStrict = decodeStrict
	LocalPath    = localPath
	TraceID      = traceID
	RequestID    = requestID
)
