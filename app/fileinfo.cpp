// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fileinfo.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "items/qtext.h"
#include "items/session.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t listed = 500;

void addList(QStringList& lines, const QString& title, const std::vector<std::string>& items)
{
    if (items.empty())
        return;
    lines << QString() << title;
    for (std::size_t i = 0; i < std::min(items.size(), listed); ++i)
        lines << u"    "_s + shown(items[i]);
    if (items.size() > listed)
        lines << u"    … "_s + Session::tr("and %1 more").arg(countText(static_cast<std::int64_t>(items.size() - listed)));
}

} // namespace

QString fileInformation(const Session& session)
{
    const Checkpoint& checkpoint = session.document()->checkpoint();
    std::int64_t bytes = 0;
    QStringList lines;
    for (const SourceFile& file : checkpoint.files)
        bytes += file.status.identity.size;
    lines << session.path() << Session::tr("%1, %2 in %n file(s)", nullptr, static_cast<int>(checkpoint.files.size()))
                                   .arg(toQt(checkpoint.container), bytesText(bytes));
    lines << Session::tr("%1 tensors over %2 storages, %3 records")
                 .arg(countText(static_cast<std::int64_t>(checkpoint.tensors.size())), countText(static_cast<std::int64_t>(checkpoint.storages.size())),
                     countText(static_cast<std::int64_t>(checkpoint.records.size())));
    lines << (checkpoint.writable ? Session::tr("can be saved") : Session::tr("read-only: %1").arg(shown(checkpoint.readOnlyReason)));
    std::vector<std::string> facts;
    for (const auto& [key, value] : checkpoint.facts)
        facts.push_back(key + ": " + value);
    addList(lines, Session::tr("Facts"), facts);
    addList(lines, Session::tr("Would be called by torch.load, and is not here"), checkpoint.calls);
    addList(lines, Session::tr("Names in the pickle"), checkpoint.classes);
    addList(lines, Session::tr("Warnings"), checkpoint.messages);
    return lines.join(u'\n');
}

void showFileInformation(const Session& session, QWidget* window)
{
    auto* dialog = new QDialog(window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(Session::tr("File Information"));
    auto* text = new QPlainTextEdit(fileInformation(session), dialog);
    text->setReadOnly(true);
    text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    auto* column = new QVBoxLayout(dialog);
    column->addWidget(text);
    column->addWidget(buttons);
    dialog->resize(640, 520);
    dialog->show();
}

} // namespace ravel
