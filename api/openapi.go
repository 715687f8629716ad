package api

import (
	_ "embed" // for the description
	"net/http"

	"github.com/gin-gonic/gin"
)

//go:embed openapi.yaml
var description []byte

// serveDescription answers with the description of the API. The tests hold every answer against it.
func serveDescription(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml; charset=utf-8", description)
	return nil
}
