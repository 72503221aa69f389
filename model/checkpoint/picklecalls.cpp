// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"
#include "checkpoint/names.h"
#include "checkpoint/picklenames.h"

#include <algorithm>
#include <iterator>

// Which of the callables of a pickle are worth a warning. Nothing is called whatever the answer: it only decides what
// the user is told.

namespace ravel {

namespace {

// What torch.save and its like write as a matter of course, and what does nothing but make a value.
constexpr std::string_view harmless[] = {
    "_codecs.encode", "argparse.Namespace", "collections.Counter", "collections.OrderedDict",
    "collections.defaultdict", "collections.deque", "copy_reg.__newobj__", "copy_reg._reconstructor",
    "copyreg.__newobj__", "copyreg.__newobj_ex__", "copyreg._reconstructor", "datetime.date",
    "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone", "decimal.Decimal",
    "fractions.Fraction", "uuid.UUID", "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar", "numpy.core.numeric._frombuffer",
    "numpy._core.numeric._frombuffer", "numpy.dtype", "numpy.frombuffer", "numpy.ma.core._mareconstruct", "numpy.ndarray",
    "numpy.random._pickle.__randomstate_ctor", "numpy.random._pickle.__generator_ctor",
    "numpy.random._pickle.__bit_generator_ctor", "numpy.random.__RandomState_ctor", "pathlib.Path",
    "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath", "pathlib.PureWindowsPath",
    "scipy.sparse.csr.csr_matrix", "scipy.sparse._csr.csr_matrix", "torch.device", "torch.Size",
    "torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer",
    "torch.nn.backends.thnn._get_thnn_function_backend", "torch.nn.parameter.UninitializedParameter", "torch.serialization._get_layout",
    "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type",
    "torch.tensor._rebuild_from_type", "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
    "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.build_tensor_from_id",
    "torch.jit._pickle.restore_type_tag", "torch.storage.TypedStorage", "torch.storage._TypedStorage",
    "types.SimpleNamespace",
};

// Of the builtins, only the types.
constexpr std::string_view harmlessBuiltins[] = {
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long",
    "object", "range", "set", "slice", "str", "tuple", "unicode", "xrange",
};

// Packages that reach the system, the network or the interpreter: nothing of them belongs into a checkpoint, a class as
// little as a function.
constexpr std::string_view dangerousPackages[] = {
    "__builtin__", "__main__.__builtins__", "_io", "_pickle", "_posixsubprocess", "_thread", "aiohttp",
    "asyncio", "atexit", "bdb", "builtins", "cProfile", "cloudpickle", "code", "codeop", "commands",
    "cpp_extension", "ctypes", "dill", "distutils", "doctest", "ensurepip", "f2py", "fileinput",
    "ftplib", "functools", "gc", "glob", "http", "httplib", "idlelib", "imaplib", "imp", "importlib",
    "inspect", "io", "joblib", "lib2to3", "linecache", "logging", "marshal", "mmap", "multiprocessing",
    "nt", "ntpath", "operator", "_operator", "os", "pdb", "pickle", "pip", "pkgutil", "platform",
    "popen2", "poplib", "posix", "posixpath", "profile", "pty", "pydoc", "requests", "runpy",
    "setuptools", "shelve", "shutil", "signal", "site", "smtplib", "socket", "socketserver", "sqlite3",
    "ssl", "subprocess", "sys", "tarfile", "telnetlib", "tempfile", "threading", "timeit", "trace",
    "types", "unittest", "urllib", "urllib2", "urllib3", "uuid", "venv", "webbrowser", "xmlrpc",
    "zipfile", "zipimport",
};

// The same, reached through another module: "some.package.os.system".
constexpr std::string_view dangerousAnywhere[] = {
    "__builtins__", "_posixsubprocess", "builtins", "cpp_extension", "ctypes", "f2py", "hub", "importlib", "nt", "os", "pickle",
    "posix", "pty", "runpy", "shutil", "socket", "subprocess", "sys",
};

template <std::size_t N> bool holds(const std::string_view (&list)[N], std::string_view name)
{
    return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

bool namesDangerousModule(std::string_view name)
{
    if (holds(dangerousPackages, name.substr(0, name.find('.'))))
        return true;
    for (std::size_t start = 0; start <= name.size();) {
        const std::size_t dot = std::min(name.find('.', start), name.size());
        if (holds(dangerousAnywhere, name.substr(start, dot - start)))
            return true;
        start = dot + 1;
    }
    return false;
}

// By Python's convention a class is CamelCase, and a function is not. Making an object of a class that nobody knows is
// what every whole pickled model does.
bool looksLikeClass(std::string_view name)
{
    const std::string_view last = name.substr(name.rfind('.') + 1);
    const std::size_t letter = last.find_first_not_of('_');
    return letter != std::string_view::npos && last[letter] >= 'A' && last[letter] <= 'Z';
}

bool isHarmless(std::string_view name, bool isConstructor)
{
    if (holds(harmless, name))
        return true;
    for (const std::string_view module : { "builtins.", "__builtin__." })
        if (name.starts_with(module) && holds(harmlessBuiltins, name.substr(module.size())))
            return true;
    if (name.starts_with("torch._utils._rebuild_") && name.find('.', 13) == std::string_view::npos)
        return true;
    return !namesDangerousModule(name) && (isConstructor || looksLikeClass(name) || storageClassDtype(name).has_value());
}

void addOnce(std::vector<std::string>& list, const std::vector<std::string>& names) { NamesOnce().addTo(list, names); }

// Whether getattr is only used for the members of enumerations, none of which is called.
bool getsOnlyEnumMembers(const Pickle& pickle)
{
    for (std::uint32_t i = 0; i < pickle.nodes.size(); ++i) {
        const PickleNode node = pickle.nodes[i];
        if (node.kind != PickleNode::Kind::Call)
            continue;
        const std::string_view name = globalName(pickle, node.items[0]);
        if (name == "builtins.getattr" || name == "__builtin__.getattr") {
            const auto arguments = argumentsOf(pickle, i);
            if (enumMember(pickle, i).empty() || !looksLikeClass(globalName(pickle, arguments[0])) || !isHarmless(globalName(pickle, arguments[0]), true))
                return false;
        } else if (pickle.nodes[node.items[0]].kind == PickleNode::Kind::Call) {
            return false; // the result of a call is called
        }
    }
    return true;
}

// Classes whose attributes BUILD would overwrite, and callables that are given to a helper of torch or copyreg, which would apply them in turn.
std::vector<std::string> appliedOtherwise(const Pickle& pickle)
{
    std::vector<std::string> found;
    for (std::uint32_t i = 0; i < pickle.nodes.size(); ++i) {
        if (pickle.nodes[i].kind != PickleNode::Kind::Call)
            continue;
        const std::string_view name = globalName(pickle, pickle.nodes[i].items[0]);
        if (!name.starts_with("torch.") && !name.starts_with("copy"))
            continue;
        if (name.find("._rebuild_from_type") == std::string_view::npos && name.find("reg._") == std::string_view::npos)
            continue;
        for (const std::uint32_t argument : argumentsOf(pickle, i).first(std::min<std::size_t>(2, argumentsOf(pickle, i).size())))
            if (const std::string_view passed = globalName(pickle, argument); !passed.empty() && !isHarmless(passed, true))
                found.emplace_back(passed);
    }
    for (const auto& [node, added] : pickle.additions)
        if (!added.state.empty() && pickle.nodes[node].kind == PickleNode::Kind::Global)
            found.emplace_back(pickle.nodes[node].text);
    return found;
}

} // namespace

void noteCalls(const Pickle& pickle, const std::string& what, Checkpoint& checkpoint)
{
    addOnce(checkpoint.classes, pickle.globals);
    std::vector<std::string> called = appliedOtherwise(pickle), constructed, found;
    const auto isWorthAWarning = [](bool isConstructor) {
        return [isConstructor](const std::string& name) { return !isHarmless(name, isConstructor); };
    };
    std::copy_if(pickle.called.begin(), pickle.called.end(), std::back_inserter(called), isWorthAWarning(false));
    std::copy_if(pickle.constructed.begin(), pickle.constructed.end(), std::back_inserter(constructed), isWorthAWarning(true));
    if (getsOnlyEnumMembers(pickle))
        std::erase_if(called, [](const std::string& name) { return name == "builtins.getattr" || name == "__builtin__.getattr"; });
    addOnce(found, called);
    addOnce(found, constructed);
    if (found.empty())
        return;
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 3); ++i)
        names += (i ? ", " : "") + inQuotes(found[i]);
    if (found.size() > 3)
        names += " and " + std::to_string(found.size() - 3) + " more";
    checkpoint.messages.push_back(what + ": unsafe: under torch.load this file would call " + names + "; nothing was executed");
    addOnce(checkpoint.calls, found);
}

} // namespace ravel
