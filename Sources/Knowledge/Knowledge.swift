// Knowledge: what findings mean. One article a cause, in YAML under `Articles/`: prose for people,
// and requires / excludes / indicators for the room `Diagnosis`. A new article is one file there
// and one line in `ArticleList.swift`. The files are compiled into the program, so it finds them
// wherever it is moved to. `FindingCatalogue` names what conditions may speak of;
// `KnowledgeBase.check` holds every article against it.
