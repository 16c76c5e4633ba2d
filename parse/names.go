package parse

import (
	"slices"
	"strings"
)

// globals are the variables that Nix 2.34.8 defines for every file, sorted. A test asks a real Nix whether they are all.
var globals = strings.Fields(`
__add __addDrvOutputDependencies __addErrorContext __all __any __appendContext __attrNames __attrValues __bitAnd __bitOr
__bitXor __catAttrs __ceil __compareVersions __concatLists __concatMap __concatStringsSep __convertHash __curPos
__currentSystem __currentTime __deepSeq __div __elem __elemAt __fetchurl __filter __filterSource __findFile
__flakeRefToString __floor __foldl' __fromJSON __functionArgs __genList __genericClosure __getAttr __getContext __getEnv
__getFlake __groupBy __hasAttr __hasContext __hashFile __hashString __head __intersectAttrs __isAttrs __isBool __isFloat
__isFunction __isInt __isList __isPath __isString __langVersion __length __lessThan __listToAttrs __mapAttrs __match __mul
__nixPath __nixVersion __parseDrvName __parseFlakeRef __partition __path __pathExists __readDir __readFile __readFileType
__replaceStrings __seq __sort __split __splitVersion __storeDir __storePath __stringLength __sub __substring __tail
__toFile __toJSON __toPath __toXML __trace __traceVerbose __tryEval __typeOf __unsafeDiscardOutputDependency
__unsafeDiscardStringContext __unsafeGetAttrPos __warn __zipAttrsWith abort baseNameOf break builtins derivation
derivationStrict dirOf false fetchGit fetchMercurial fetchTarball fetchTree fromTOML import isNull map null placeholder
removeAttrs scopedImport throw toString true
`)

// isGlobal says whether Nix itself defines the variable.
func isGlobal(name string) bool {
	_, found := slices.BinarySearch(globals, name)
	return found
}

// ownNames are the other names that Nix 2.34.8 knows before it reads a file, sorted: those of attributes that it uses
// itself. Taken from `nix flake metadata` of flakes in which each of them is a later sibling in a rec set.
var ownNames = strings.Fields(`
__contentAddressed __functor __ignoreNulls __impure __structuredAttrs __toString allowedReferences allowedRequisites args
body builder column description disallowedReferences disallowedRequisites drvPath fetchurl file key line
maxClosureSize maxSize meta name operator outPath outputHash outputHashAlgo outputHashMode outputName outputSpecified outputs
path prefix recurseForDerivations right self startSet system type value wrong x
`)

// knownBefore says whether Nix knows the name before it reads a file; see literalReader.before.
func knownBefore(name string) bool {
	switch strings.TrimPrefix(name, "__") {
	case "curPos", "currentSystem", "currentTime":
		return false // flakes are read without them
	}
	_, own := slices.BinarySearch(ownNames, name)
	return own || isGlobal(name) || isGlobal("__"+name)
}
