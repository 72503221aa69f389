// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/samples.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

struct Samples {
    Q_DECLARE_TR_FUNCTIONS(ravel::Samples)
};

} // namespace

QList<StartPage::Sample> samples()
{
    const StartPage::Sample known[] {
        { Samples::tr("Counting tensor"), Samples::tr("2 × 3 × 4; each value is its own flat index"), u":/samples/counting.pt"_s },
        { Samples::tr("Small CNN"), Samples::tr("Convolution, batch norm and linear layers"), u":/samples/small-cnn.pt"_s },
        { Samples::tr("Small transformer"), Samples::tr("Attention and feed-forward blocks; the output layer is the embedding"), u":/samples/small-transformer.pt"_s },
        { Samples::tr("Trouble"), Samples::tr("NaNs, a dead row, an outlier and a duplicate tensor"), u":/samples/trouble.pt"_s },
    };
    QStringList there;
    for (const QString& name : QDir(u":/samples"_s).entryList(QDir::Files, QDir::Name))
        there << u":/samples/"_s + name;
    QList<StartPage::Sample> all;
    for (const StartPage::Sample& sample : known)
        if (there.removeAll(sample.resource) > 0)
            all << sample;
    for (const QString& resource : std::as_const(there))
        all << StartPage::Sample { QFileInfo(resource).completeBaseName(), {}, resource };
    return all;
}

QStringList sampleNames()
{
    QStringList names;
    for (const StartPage::Sample& sample : samples())
        names << QFileInfo(sample.resource).completeBaseName();
    return names;
}

std::optional<StartPage::Sample> sampleNamed(const QString& name)
{
    for (const StartPage::Sample& sample : samples())
        if (QFileInfo(sample.resource).completeBaseName() == name)
            return sample;
    return std::nullopt;
}

std::optional<SampleCopy> SampleCopy::make(const QString& resource)
{
    SampleCopy copy;
    copy.m_folder = std::make_shared<QTemporaryDir>();
    copy.m_path = copy.m_folder->filePath(QFileInfo(resource).fileName());
    if (!copy.m_folder->isValid() || !QFile::copy(resource, copy.m_path))
        return std::nullopt;
    QFile::setPermissions(copy.m_path, QFile::ReadOwner | QFile::WriteOwner);
    return copy;
}

} // namespace ravel
