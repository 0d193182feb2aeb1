function process(sample)
  sample.tags.signed = sample.tags.rejected_by:upper()
  return sample
end
