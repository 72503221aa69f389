// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clipboard.h"

#include <QClipboard>
#include <QGuiApplication>

#include "items/qtext.h"
#include "items/session.h"
#include "layout/slicesyntax.h"

namespace ravel {

namespace {

constexpr std::int64_t mostElements = 1'000'000;

Result<std::string> numbersOf(const FlatLayout& layout, const EditedVector& edited, const Selection& selection, const Job& job)
{
    std::string text;
    std::vector<std::byte> bytes;
    for (const Box& box : selection.boxes) {
        RAVEL_TRY(job.check());
        RAVEL_TRY(edited.readBox(box, bytes));
        if (selection.boxes.size() > 1)
            text += "# " + boxText(layout, box) + '\n';
        const Dtype dtype = layout.checkpoint().tensors[box.tensor].dtype;
        const auto shape = box.shape();
        const std::int64_t row = shape.empty() ? 1 : std::max<std::int64_t>(1, shape.back());
        const std::int64_t count = box.numel().value;
        for (std::int64_t i = 0; i < count; ++i) {
            text += elementText(dtype, bytes.data() + i * dtypeSize(dtype));
            text += (i + 1) % row == 0 ? '\n' : '\t';
        }
    }
    return text;
}

} // namespace

void copyNumbers(Session& session)
{
    const Selection selection = session.selection()->selection();
    if (!session.document() || selection.empty())
        return;
    if (selection.numel().value > mostElements) {
        Q_EMIT session.failed(Session::tr("%1 elements are too many for the clipboard; %2 is the most.")
                                  .arg(countText(selection.numel().value), countText(mostElements)));
        return;
    }
    session.tasks()->run<Result<std::string>>(
        Session::tr("Copying"),
        [layout = session.document()->layout(), edited = session.document()->edited(), selection](const Job& job) {
            return numbersOf(*layout, edited, selection, job);
        },
        [&session](Result<std::string> text) {
            if (text)
                QGuiApplication::clipboard()->setText(QString::fromStdString(*text));
            else
                Q_EMIT session.failed(sentenceOf(text.error()));
        });
}

void copyPython(Session& session)
{
    if (!session.document())
        return;
    QStringList lines;
    for (const Box& box : session.selection()->selection().boxes)
        lines << QString::fromStdString(pythonText(*session.document()->layout(), box));
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

} // namespace ravel
