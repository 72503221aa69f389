// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/save.h"

#include "base/posixfile.h"
#include "save/atomicfile.h"
#include "save/filesave.h"
#include "save/setsave.h"
#include "save/sourcewatch.h"

namespace ravel {

namespace {

// By the same path, or the same file under another.
bool isSource(Io& io, const SourceFile& source, const std::string& target)
{
    if (const auto there = io.status(target))
        if (there->identity.device == source.status.identity.device && there->identity.inode == source.status.identity.inode)
            return true;
    const auto a = io.canonicalPath(target), b = io.canonicalPath(source.path);
    return a && b ? *a == *b : target == source.path;
}

Result<Receipt> saveFile(Io& io, const EditedVector& vector, const Recipe& recipe, const std::string& target, const SaveOptions& options,
    const Job& job)
{
    const SourceFile& source = vector.checkpoint().files[0];
    const bool over = isSource(io, source, target);
    RAVEL_ASSIGN(const SourceWatch watch, SourceWatch::make(io, source, over, options.ignoreChange));
    RAVEL_TRY(watch.check());
    TensorChanges changes(vector.checkpoint());
    Passes passes(job, ByteCount(source.status.identity.size));
    FileSave file(vector, FilePlan(vector.checkpoint(), 0), options, changes, job, [&passes](ByteCount n) { passes.add(n); });
    RAVEL_TRY(file.prepare());
    RAVEL_ASSIGN(AtomicFile output, AtomicFile::create(io, target, options.overwrite || over, options.breakLinks));
    RAVEL_TRY(file.write(io, output.file(), directoryOf(output.targetPath()), file.size()));
    RAVEL_TRY(watch.check());
    RAVEL_TRY(file.verify(output.file()));
    Receipt receipt;
    receipt.recipe = recipe;
    RAVEL_TRY(file.describe(output.file(), receipt.before, receipt.after, receipt));
    receipt.otherBytes = file.otherBytes().first;
    receipt.tensors = changes.result();
    RAVEL_TRY(job.check());
    RAVEL_TRY(output.commit([&] { return watch.check(); }));
    receipt.before.path = source.path;
    receipt.before.mtimeNs = source.status.identity.mtimeNs;
    receipt.after.path = target;
    receipt.after.mtimeNs = output.written().identity.mtimeNs;
    receipt.warnings.insert(receipt.warnings.end(), output.warnings().begin(), output.warnings().end());
    return receipt;
}

} // namespace

Result<Receipt> save(Io& io, const EditedVector& vector, const Recipe& recipe,
    const std::string& target, const SaveOptions& options, const Job& job)
{
    const Checkpoint& checkpoint = vector.checkpoint();
    if (!checkpoint.writable && !vector.editedStorages().empty())
        return fail(ErrorCode::Refused, shownPath(checkpoint.path) + " is open read-only: "
                + checkpoint.readOnlyReason);
    return checkpoint.isSet() ? saveSet(io, vector, recipe, target, options, job) : saveFile(io, vector, recipe, target, options, job);
}

} // namespace ravel
