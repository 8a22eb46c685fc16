/// Every answer, in the order in which help lists them.
package let allAnswers: [any Answer.Type] = [
  Totals.self, Buckets.self, Top.self, Find.self, Du.self, Histogram.self, History.self,
  Growth.self, Findings.self, Versions.self, Uploads.self, CostAnswer.self, WhatIfAnswer.self,
  Reconcile.self, SQL.self,
]
