package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

func TestAnUploadMovesOnOnceAtATime(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		u, err := db.AddUpload(ctx, clamor.Upload{State: clamor.UploadReceived, Kind: "accounts", File: "crm.csv", By: "Ann"})
		must(t, err)
		other, err := db.AddUpload(ctx, clamor.Upload{State: clamor.UploadReceived, Kind: "deals", File: "deals.csv", By: "Ann"})
		must(t, err)
		u.State, u.Map = clamor.UploadTrying, map[string]string{"arr": "Revenue", "plan": ""}
		must(t, db.PutUpload(ctx, u, clamor.UploadReceived, "", ""))
		wantKind(t, db.PutUpload(ctx, u, clamor.UploadReceived, "", ""), clamor.Conflict)
		kept, err := db.FindUpload(ctx, u.ID)
		must(t, err)
		same(t, "upload", kept, u)
		moving, err := db.MovingUploads(ctx)
		must(t, err)
		same(t, "moving", moving, []clamor.Upload{u})
		wantKind(t, db.DropUpload(ctx, u.ID, "Ann"), clamor.Conflict)
		must(t, db.DropUpload(ctx, other.ID, "Ann"))
		_, err = db.FindUpload(ctx, other.ID)
		wantKind(t, err, clamor.NotFound)
		all, err := db.Uploads(ctx, 9)
		must(t, err)
		same(t, "history", all, []clamor.Upload{u})
	})
}
