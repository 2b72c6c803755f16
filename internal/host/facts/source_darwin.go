package facts

func systemSource() source { return source{} }
