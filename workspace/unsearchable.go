package workspace

// Unsearchable gives the folders that could not be searched, sorted: what is in them goes unjudged.
func (s *Snapshot) Unsearchable() []string {
	var folders []string
	for path := range s.Judged() {
		if !isJudged(path) {
			folders = append(folders, path)
		}
	}
	return folders
}
