// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

#include "document/document.h"
#include "items/parametertree.h"
#include "items/selectionmodel.h"
#include "items/tasks.h"
#include "stats/measure.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>

class QTimer;
class QUndoStack;

namespace ravel {

// What a step would do, before it is done.
struct Preview {
    Step step;
    QString error;                     // why it cannot be applied; the rest is empty then
    std::shared_ptr<const AppliedStep> applied;
    Measurement before, after;         // of the boxes the step covers; estimates from a sample where they are large
    std::optional<StepEffect> effect;  // what changes, exactly; none while it is still being counted
};

// A document with what the window shows of it beside: made together, on the pool.
struct Opened {
    std::unique_ptr<Document> document;
    std::shared_ptr<const ParameterTree> tree;
    Document::Replay replay; // of the edits that it takes over from the one before
};

// What became of the edits when a file was opened with them.
struct Replayed {
    bool reloaded = true; // else the file was opened with edits from elsewhere
    int applied = 0;
    QStringList refused; // "Multiply a by 2: there is no tensor a."
};

// The window's document and everything that runs for it in the background. GUI thread only; work goes to the pool with snapshots and
// comes back as signals; a result carries the revision that it was computed for and is dropped when that is stale.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    Document* document() const { return m_document.get(); } // null while nothing is open
    std::shared_ptr<const ParameterTree> tree() const { return m_tree; }
    SelectionModel* selection() const { return m_selection; }
    QUndoStack* undoStack() const { return m_undoStack; }   // its commands only append to the recipe and take away from it
    Tasks* tasks() const { return m_tasks; }                // for the panes' own reading
    bool busy() const;                                      // something that the status bar tells of
    bool saving() const { return m_saving; }
    bool opening() const { return m_opening; }
    bool applying() const { return m_applyJob || !m_toApply.empty(); } // an edit that is asked for, and not yet in force
    bool untitled() const { return m_untitled; }            // a sample: Save has to ask for a name
    QString path() const;                                   // of what is open, absolute; empty while nothing is
    QString title() const;                                  // file name, or the sample's
    std::uint64_t revision() const { return m_revision; }   // rises with each change of document, layout or recipe

    void open(const QString& path, const LayoutSpec& = {}); // opened(), failed() or openingCancelled(); the old document stays until then
    void openWithEdits(const QString& path, const Recipe&); // laid out as the recipe says; replayed() follows opened() where it has steps
    // A copy that is thrown away afterwards, under the name of `title`: a sample.
    void openUntitled(const QString& path, const QString& title);
    void reload();                 // the file as it now is; edits are lost
    void reloadWithEdits();        // applied to what is there now, where they still apply: replayed() follows where there were any
    void setLayout(const LayoutSpec&);
    // Prepares it on the pool, under the layout of now, then pushes it on the undo stack; failed() where refused, and while a file is opened or saved:
    // what that leaves in the window would not have it.
    void apply(const Step&);
    void preview(const Step&);     // previewed(), first with estimates, then with the exact effect; replaces the one before
    void cancelPreview();
    void save(const QString& target, const SaveOptions&); // saved() or saveFailed(); refused while a file is opened or an edit applied
    void cancel();                 // whatever runs
    bool unfinished() const { return m_cut && m_document; } // the analysis was cancelled: blocks of the pyramid are not known
    void goOn();                   // with it

Q_SIGNALS:
    void openingStarted(const QString& path); // absolute; opened(), failed() or openingCancelled() follows, of several the last one's
    void openingCancelled();
    void opened();
    void layoutChanged();          // and after opened()
    void editsChanged();           // recipe changed: values have to be read again
    void statisticsChanged();      // the pyramid knows more; at most 10 a second
    void unfinishedChanged();
    void applied();                // the step of apply() is in force (editsChanged() came before)
    void replayed(const ravel::Replayed&);
    void previewed(const ravel::Preview&);
    void previewCleared();
    void savingChanged();
    void saved(const QString& path, const ravel::Receipt&);
    void saveFailed(const ravel::Error&, const QString& target);
    void failed(const QString& sentence);
    void progressed(const QString& what, int percent); // percent -1: not known
    void idle();

private:
    static Result<Opened> openNow(const std::string& path, const LayoutSpec&, const Job&, const Recipe& edits = {});
    friend class ApplyCommand;
    struct Opening {
        QString path;
        LayoutSpec spec;
        std::optional<QString> untitledAs = {};
        Recipe edits = {};
        bool reloaded = false; // with the edits of the document that is open
    };
    void openAs(const Opening&);
    void finishOpening(const Opening&, Opened);
    void reloadAs(std::optional<Recipe> edits);
    void replay(const Document::Replay&, bool reloaded);
    void adopt(Opened, const QString& path);
    void edited(const std::function<void(Document&)>& change);
    void prepareNext();
    struct Waiting {
        Step step;
        std::shared_ptr<const FlatLayout> layout; // its places are meant in this one
    };
    void finishApply(const Waiting&, std::uint64_t revision, Result<Document::Prepared>);
    void countEffect(Preview, const EditedVector& before);
    void finishSave(const QString& target, Result<Receipt>, Result<Opened>);
    void startAnalysis();
    void stopAnalysis();
    void setCut(bool);
    void tellStatistics();

    Tasks* m_tasks;
    SelectionModel* m_selection;
    QUndoStack* m_undoStack;
    QTimer* m_statisticsTimer;
    std::unique_ptr<Document> m_document;
    std::shared_ptr<const ParameterTree> m_tree;
    QString m_path, m_untitledAs;
    bool m_untitled = false, m_saving = false, m_opening = false;
    std::uint64_t m_revision = 0;
    int m_openTicket = 0;
    std::optional<Job> m_openJob, m_analysis, m_previewJob, m_applyJob;
    bool m_analysisAgain = false;      // asked for while the last one had not ended yet
    bool m_cut = false;                // the last one was cancelled, and not for another one
    std::uint64_t m_toldPyramid = 0;   // revision of the pyramid that statisticsChanged() last spoke of
    std::deque<Waiting> m_toApply;
};

} // namespace ravel
