// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/saveflow.h"

#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>

#include "items/qtext.h"
#include "items/session.h"
#include "widgets/messagebar.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

const QString key = u"save"_s;

// For tr(): the form of the noun beside a count of any size; the count itself goes in as text.
int formOf(std::int64_t n) { return n == 1 ? 1 : 2; }

// Other names of a file that a save through a new file would part from it; of a set the most that one of its files has.
std::uint64_t linksOf(const Checkpoint& checkpoint)
{
    std::uint64_t links = 1;
    for (const SourceFile& file : checkpoint.files)
        if (const auto status = systemIo().status(file.path))
            links = std::max(links, status->links);
    return links;
}

} // namespace

QString summaryOf(const QString& path, const Receipt& receipt)
{
    std::int64_t elements = 0, bytes = 0, saturated = 0;
    for (const TensorChange& tensor : receipt.tensors) {
        elements += tensor.elementsChanged;
        bytes += tensor.bytesChanged;
        saturated += tensor.saturated;
    }
    const QString name = QFileInfo(path).fileName();
    if (receipt.tensors.empty())
        return SaveFlow::tr("Saved %1, the same as before in every byte.").arg(name);
    QString text = SaveFlow::tr("Saved %1: %2 and %3 in %4 changed, nothing else.")
                       .arg(name, SaveFlow::tr("%1 element(s)", nullptr, formOf(elements)).arg(countText(elements)),
                           SaveFlow::tr("%1 byte(s)", nullptr, formOf(bytes)).arg(countText(bytes)),
                           SaveFlow::tr("%Ln tensor(s)", nullptr, static_cast<int>(receipt.tensors.size())));
    if (saturated > 0)
        text += u' ' + SaveFlow::tr("Saturated: %1 element(s).", nullptr, formOf(saturated)).arg(countText(saturated));
    return text;
}

SaveFlow::SaveFlow(QWidget& window, Session& session, MessageBar& messages)
    : QObject(&window)
    , m_window(window)
    , m_session(session)
    , m_messages(messages)
{
    connect(&session, &Session::saveFailed, this, &SaveFlow::failed);
    connect(&session, &Session::saved, this, &SaveFlow::succeeded);
    // Whoever works on no longer waits for what was to come after the save.
    connect(&session, &Session::editsChanged, this, [this] {
        if (m_session.document()->modified()) // else it is the save itself that took them away
            m_then = nullptr;
    });
    connect(&session, &Session::openingStarted, this, [this] { m_then = nullptr; });
    connect(&session, &Session::failed, this, [this] {
        if (!m_session.saving())
            m_then = nullptr;
    });
}

void SaveFlow::save()
{
    if (m_session.saving())
        return;
    m_then = nullptr;
    saveOpenFile();
}

void SaveFlow::saveAs()
{
    if (m_session.saving())
        return;
    m_then = nullptr;
    askForName();
}

void SaveFlow::saveOpenFile()
{
    if (!m_session.document() || m_session.saving())
        return;
    if (m_session.untitled()) {
        askForName();
        return;
    }
    SaveOptions options;
    options.overwrite = true;
    const QString path = m_session.path();
    if (const std::uint64_t links = linksOf(m_session.document()->checkpoint()); links > 1) {
        options.breakLinks = true;
        m_messages.tell(key, { Tone::Warning,
            tr("%1 has %Ln other name(s) on this disk, where a save leaves the old bytes.", nullptr, static_cast<int>(links - 1))
                .arg(QFileInfo(path).fileName()),
            {}, { { tr("Save Anyway"), [this, path, options] { saveTo(path, options); } }, { tr("Save As…"), [this] { askForName(); } } } });
        return;
    }
    saveTo(path, options);
}

void SaveFlow::askForName()
{
    if (!m_session.document() || m_session.saving())
        return;
    auto* dialog = new QFileDialog(&m_window, tr("Save As"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    const QFileInfo open(m_session.path());
    if (m_session.document()->checkpoint().isSet()) {
        askForFolder(dialog, open.isDir() ? open : QFileInfo(open.absolutePath()));
        return;
    }
    dialog->setDirectory(m_session.untitled() ? QDir::currentPath() : open.absolutePath());
    dialog->selectFile(open.fileName());
    dialog->setDefaultSuffix(open.suffix());
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        SaveOptions options;
        options.overwrite = true; // the dialog has asked
        saveTo(path, options);
    });
    connect(dialog, &QDialog::rejected, this, [this] { m_then = nullptr; });
    dialog->open();
}

// A set is saved into a folder, which is made for it or is empty: what stands in another one is not for a dialog to replace.
void SaveFlow::askForFolder(QFileDialog* dialog, const QFileInfo& folder)
{
    dialog->setWindowTitle(tr("Save the Set into a New Folder"));
    dialog->setLabelText(QFileDialog::FileName, tr("Folder name:"));
    dialog->setOption(QFileDialog::DontConfirmOverwrite); // an existing file is refused
    dialog->setDirectory(folder.absolutePath());
    dialog->selectFile(tr("%1-edited").arg(folder.fileName()));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { saveTo(path, {}); });
    connect(dialog, &QDialog::rejected, this, [this] { m_then = nullptr; });
    dialog->open();
}

void SaveFlow::saveTo(const QString& path, SaveOptions options)
{
    m_messages.withdraw(key);
    m_messages.withdraw(u"error"_s);
    m_options = options;
    m_session.save(path, options);
}

void SaveFlow::failed(const Error& error, const QString& target)
{
    if (error.code == ErrorCode::Cancelled) {
        m_then = nullptr;
        m_messages.tell(key, { Tone::Information, tr("Saving was cancelled; %1 is as it was.").arg(QFileInfo(target).fileName()), {}, {} });
        return;
    }
    Message message { Tone::Trouble, tr("Not saved: %1").arg(sentenceOf(error)), {}, {} };
    SaveOptions again = m_options;
    again.ignoreChange = true;
    if (error.code == ErrorCode::Changed && !m_options.ignoreChange)
        message.answers.push_back({ tr("Save Anyway"), [this, target, again] { saveTo(target, again); } });
    message.answers.push_back({ tr("Save As…"), [this] { askForName(); } });
    if (error.code != ErrorCode::Changed)
        m_then = nullptr;
    m_messages.tell(key, message);
}

void SaveFlow::succeeded(const QString& path, const Receipt& receipt)
{
    Message message { receipt.warnings.empty() ? Tone::Information : Tone::Warning, summaryOf(path, receipt),
        QString::fromStdString(toJson(receipt).dump(2)), {} };
    for (const std::string& warning : receipt.warnings)
        message.text += u' ' + sentenceOf({ ErrorCode::Format, warning });
    m_messages.tell(key, message);
    if (const auto then = std::exchange(m_then, nullptr))
        then();
}

bool SaveFlow::wouldLoseEdits() const { return m_session.document() && (m_session.document()->modified() || m_session.applying()); }

void SaveFlow::beforeLosingEdits(std::function<void()> then)
{
    if (m_session.saving())
        return; // one thing after the other: the save ends soon, or is cancelled
    m_then = nullptr;
    if (!wouldLoseEdits()) {
        then();
        return;
    }
    const int edits = static_cast<int>(m_session.document()->edited().steps().size());
    auto* box = new QMessageBox(QMessageBox::Question, tr("Unsaved edits"),
        edits == 0 ? tr("An edit is still being applied to %1.").arg(m_session.title()) : tr("%1 has %Ln unsaved edit(s).", nullptr, edits).arg(m_session.title()),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &m_window);
    box->setObjectName(u"unsavedEdits"_s);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setDefaultButton(QMessageBox::Save);
    connect(box, &QMessageBox::finished, this, [this, then = std::move(then)](int answer) {
        if (answer == QMessageBox::Discard) {
            then();
        } else if (answer == QMessageBox::Save) {
            m_then = then;
            saveOpenFile();
        }
    });
    box->open();
}

} // namespace ravel
