# gnuplot similarity.gp   makes similarity.svg, similarity.png from similarity.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,444 font 'Helvetica,12' background '#ffffff'
set output 'similarity.svg'
set title 'teacher: cifar10-resnet8-natural.h5 (bf9f69ac)'."\n".'S1: cifar10-resnet8-ltd.h5 (c92d2937)'."\n".'S2: cifar10-resnet8-trades.h5 (2261a842)'."\n".'S3: cifar10-resnet8-ikl-at.h5 (163aea3f)'."\n".'cifar10, 60 images, clean' noenhanced font ',9'
set ylabel 'similarity to the teacher'
set style fill solid 0.8 noborder
set xzeroaxis linetype -1
set yrange [*<0:1]
set xrange [-0.6:2.6]
set xtics ('S1' 0, 'S2' 1, 'S3' 2)
set errorbars linecolor rgb '#000000' linewidth 1
plot 'similarity.csv' every ::1 using ($1-0.2):3:4:5:(0.36) with boxerrorbars linetype 1 title 'MagSim', '' every ::1 using ($1+0.2):6:7:8:(0.36) with boxerrorbars linetype 2 title 'AngSim'
set terminal pngcairo size 1280,888 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'similarity.png'
replot
set output
