// SPDX-License-Identifier: GPL-3.0-or-later
// Session: what changes the recipe, and what writes it to disk.
#include <QFile>
#include <QDir>
#include <QFileInfo>
#include <QUndoStack>

#include "items/session.h"

#include "items/applycommand.h"
#include "items/qtext.h"

namespace ravel {

namespace {

constexpr Count previewBudget(1 << 20); // elements of a sample that is read within some milliseconds

// Binds the step and measures its boxes before and after. Runs on the pool.
Preview previewOf(const Step& step, const FlatLayout& layout, const EditedVector& before, const Job& job)
{
    Preview preview;
    preview.step = step;
    auto bound = bindStep(step, layout, before, {}, job);
    if (!bound) {
        preview.error = sentenceOf(bound.error());
        return preview;
    }
    preview.applied = *bound;
    Selection covered = (*bound)->selection;
    covered.where.reset(); // on the values before: another set afterwards
    MeasureOptions options; // the histogram pane draws its own
    options.quantiles = false;
    options.histogram = false;
    auto was = estimate(before, covered, options, previewBudget, job);
    auto is = was ? estimate(before.with(*bound), covered, options, previewBudget, job) : was;
    if (!is) {
        preview.error = sentenceOf(is.error());
        return preview;
    }
    preview.before = std::move(*was);
    preview.after = std::move(*is);
    return preview;
}

} // namespace

void Session::edited(const std::function<void(Document&)>& change)
{
    stopAnalysis();
    change(*m_document);
    ++m_revision;
    cancelPreview();
    startAnalysis();
    Q_EMIT editsChanged();
}

void Session::apply(const Step& step)
{
    if (!m_document)
        return;
    if (m_saving || m_opening) {
        Q_EMIT failed(m_saving ? tr("A save is under way: the edit can be applied when it is done.")
                               : tr("A file is being opened: the edit can be applied when it is there."));
        return;
    }
    m_toApply.push_back({ step, m_document->layout() });
    prepareNext();
}

// Bound and measured already; each can be undone by itself.
void Session::replay(const Document::Replay& kept, bool reloaded)
{
    if (kept.steps.empty() && kept.refused.empty())
        return;
    Replayed result;
    result.reloaded = reloaded;
    result.applied = static_cast<int>(kept.steps.size());
    for (const auto& [step, error] : kept.refused)
        result.refused << tr("%1: %2").arg(shown(sentence(step)), sentenceOf(error));
    for (const auto& step : kept.steps)
        m_undoStack->push(new ApplyCommand(*this, step));
    Q_EMIT replayed(result);
}

void Session::prepareNext()
{
    if (m_applyJob || m_toApply.empty())
        return;
    const Waiting next = m_toApply.front();
    m_toApply.pop_front();
    using Outcome = Result<Document::Prepared>;
    const std::uint64_t revision = m_revision;
    m_applyJob = m_tasks->runAlways<Outcome>(
        tr("Applying"),
        [next, before = m_document->edited()](const Job& job) { return Document::prepare(next.step, next.layout, before, job); },
        [this, next, revision](Outcome outcome, bool cancelled) {
            m_applyJob.reset();
            if (!cancelled)
                finishApply(next, revision, std::move(outcome));
            prepareNext();
        });
}

void Session::finishApply(const Waiting& next, std::uint64_t revision, Result<Document::Prepared> outcome)
{
    if (revision != m_revision) { // measured on values that are no longer there
        m_toApply.push_front(next);
        return;
    }
    if (!outcome) {
        Q_EMIT failed(sentenceOf(outcome.error()));
        return;
    }
    if (outcome->effect.fit.refused > 0) {
        Q_EMIT failed(tr("Not applied: %1").arg(sentenceOf({ ErrorCode::Refused, outcome->effect.firstRefused })));
        return;
    }
    m_undoStack->push(new ApplyCommand(*this, outcome->step));
    Q_EMIT applied();
}

void Session::preview(const Step& step)
{
    if (!m_document || m_saving)
        return;
    if (m_previewJob)
        m_previewJob->cancel();
    const EditedVector before = m_document->edited();
    m_previewJob = m_tasks->run<Preview>(
        QString(),
        [step, layout = m_document->layout(), before](const Job& job) { return previewOf(step, *layout, before, job); },
        [this, before](Preview preview) {
            m_previewJob.reset();
            Q_EMIT previewed(preview);
            if (preview.error.isEmpty())
                countEffect(std::move(preview), before);
        });
}

void Session::countEffect(Preview preview, const EditedVector& before)
{
    using Effect = Result<StepEffect>;
    m_previewJob = m_tasks->run<Effect>(
        tr("Counting what changes"),
        [before, step = preview.applied](const Job& job) { return measureEffect(before, *step, job); },
        [this, preview](Effect effect) mutable {
            m_previewJob.reset();
            if (effect)
                preview.effect = std::move(*effect);
            else
                preview.error = sentenceOf(effect.error());
            Q_EMIT previewed(preview);
        });
}

void Session::cancelPreview()
{
    if (m_previewJob)
        m_previewJob->cancel();
    m_previewJob.reset();
    Q_EMIT previewCleared();
}

void Session::save(const QString& target, const SaveOptions& options)
{
    if (!m_document || m_saving)
        return;
    if (m_opening || applying()) {
        const std::string reason = m_opening ? "a file is being opened; save again when it is there" : "an edit is still being applied; save again when it is done";
        Q_EMIT saveFailed({ ErrorCode::Refused, reason }, target);
        return;
    }
    m_saving = true;
    Q_EMIT savingChanged();
    cancelPreview();
    const QString absolute = QDir::cleanPath(QFileInfo(target).absoluteFilePath());
    const std::string file = QFile::encodeName(absolute).toStdString();
    struct Outcome {
        Result<Receipt> receipt;
        Result<Opened> written; // opened again
    };
    m_tasks->runAlways<Outcome>(
        tr("Saving %1").arg(QFileInfo(target).fileName()),
        [file, options, edited = m_document->edited(), recipe = m_document->recipe(), spec = m_document->layout()->spec()](const Job& job) {
            Outcome outcome { ravel::save(systemIo(), edited, recipe, file, options, job), Opened() };
            if (outcome.receipt)
                outcome.written = openNow(file, spec, {}); // what stands on disk can no longer be cancelled
            return outcome;
        },
        [this, absolute](Outcome outcome, bool) {
            finishSave(absolute, std::move(outcome.receipt), std::move(outcome.written));
        });
}

void Session::finishSave(const QString& target, Result<Receipt> receipt, Result<Opened> written)
{
    m_saving = false;
    Q_EMIT savingChanged();
    if (!receipt) {
        Q_EMIT saveFailed(receipt.error(), target);
        return;
    }
    if (!written) {
        Q_EMIT failed(tr("%1 was saved, but could not be opened again: %2").arg(target, sentenceOf(written.error())));
        return;
    }
    const LayoutSpec spec = m_document->layout()->spec();
    if (written->document->layout()->spec() != spec)
        static_cast<void>(written->document->setLayout(spec)); // changed while the save ran; at worst it stays as it was
    m_untitled = false;
    adopt(std::move(*written), target);
    Q_EMIT layoutChanged();
    Q_EMIT editsChanged();
    Q_EMIT saved(target, *receipt);
}

} // namespace ravel
