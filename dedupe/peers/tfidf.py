import json
import sys

import numpy
from sklearn.feature_extraction.text import TfidfVectorizer

texts = json.loads(sys.stdin.readline())
matrix = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
turned = matrix.T.tocsr()
print("ready", flush=True)
for line in sys.stdin:
    place, limit = map(int, line.split())
    score = (matrix[place] @ turned).toarray()[0][:place]
    best = numpy.argpartition(-score, min(limit, len(score) - 1))[:limit]
    print(json.dumps([int(i) for i in best[numpy.argsort(-score[best], kind="stable")] if score[i] > 0]), flush=True)
